import type { InterfaceAddress } from "../os/interfaces.js";
import { formatIpv4, toIpv4, type Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import { checkLeaseTimes, leaseBounds, type LeaseBounds, type LeaseTimes } from "./lease-terms.js";
import type { Pool } from "./network.js";
import type { OptionPlan } from "../options/setting.js";
import type { Problem } from "../config/problem.js";
import type { SubnetSection } from "./network-sections.js";
import type { NetworkSections } from "./sections.js";
import type { BootpdSettings } from "./bootpd-section.js";
import { optionsOfAll, optionsOfSubnet } from "./subnet-options.js";
import { placeOrigins, subnetOrigins, type BootpdOrigins, type SubnetOrigins } from "./subnet-origins.js";
import type { Range } from "../config/values.js";

/** A network to give addresses in, with the parameters its machines are told. */
export interface ServedSubnet {
  /** The name of its section; undefined for that of `[bootpd]`. */
  readonly name: string | undefined;
  readonly subnet: Subnet;
  readonly ranges: readonly Range[];
  /** Our interface there; undefined where only relay agents reach it. */
  readonly link: OwnLink | undefined;
  /** The name of the link, shared with the other networks on it. */
  readonly sharedNetwork: string | undefined;
  /** All addresses of this host in the network. */
  readonly ownAddresses: readonly Ipv4[];
  /** Undefined where no router is announced. */
  readonly router: Ipv4 | undefined;
  /** Undefined where the DNS servers of `[bootpd]` apply. */
  readonly dns: readonly Ipv4[] | undefined;
  readonly domain: string;
  readonly leaseSeconds: number;
  /** Undefined where the requested lease time is ignored. */
  readonly leaseBounds: LeaseBounds | undefined;
  /** The TFTP server, where it is not this host. */
  readonly nextServer: Ipv4 | undefined;
  /** The DHCP options set by `ntp`, `domain_search`, `[option]` and the section itself. */
  readonly options: OptionPlan;
  /** The boot file of all machines of the network, if it sets one. */
  readonly bootFile: string | undefined;
  /** Where each of these comes from. */
  readonly origins: SubnetOrigins;
}

/** One of our interfaces, and the server address for machines on it. */
export interface OwnLink {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly serverAddress: Ipv4;
}

/** Returns the network of `[bootpd]`, the first one served. */
export function firstSubnet(
  settings: NetworkSections,
  { link, subnet, pool }: Pick<ServedSubnet, "link" | "subnet"> & { readonly pool: Pool },
  interfaces: readonly InterfaceAddress[],
  origins: BootpdOrigins,
): ServedSubnet {
  const { bootpd } = settings;
  return {
    name: undefined,
    subnet,
    ranges: [pool, ...(bootpd.pool_ranges ?? [])],
    link,
    sharedNetwork: bootpd.shared_network,
    ownAddresses: addressesIn(subnet, interfaces),
    router: bootpd.set_gateway ? (bootpd.gateway ?? link?.serverAddress) : undefined,
    dns: undefined,
    domain: bootpd.domain,
    leaseSeconds: bootpd.lease_time,
    leaseBounds: leaseBounds(bootpd),
    nextServer: bootpd.next_server,
    options: optionsOfAll(settings, origins),
    bootFile: undefined,
    origins: subnetOrigins({ subnet, interfaceName: link?.interfaceName, bootpd }, origins),
  };
}

/**
 * Returns the networks of all `[subnet NAME]` sections.
 *
 * @param first the network of `[bootpd]`; undefined where its interface does not exist
 * @returns the networks, and the problems found in them and in the ranges of the first
 */
export function furtherSubnets(
  settings: NetworkSections,
  first: ServedSubnet | undefined,
  interfaces: readonly InterfaceAddress[],
  origins: BootpdOrigins,
): { readonly subnets: readonly ServedSubnet[]; readonly problems: readonly Problem[] } {
  const subnets: ServedSubnet[] = [];
  const served = settings.bootpd.interface ?? (first?.link === undefined ? [] : [first.link.interfaceName]);
  const place = { section: "bootpd", option: "pool_ranges", line: undefined };
  const problems: Problem[] = first === undefined ? [] : checkRanges(first, place);
  for (const section of settings.subnet) {
    const found = subnetOf(section, settings, served, interfaces, origins);
    const place = { section: `subnet ${section.name}`, line: section.line };
    if (found === undefined) {
      problems.push({ ...place, option: "network", expected: "the network, such as 10.1.0.0/16", got: "nothing" });
      continue;
    }
    const others = [...(first === undefined ? [] : [first]), ...subnets].filter((other) =>
      overlap(other.subnet, found.subnet),
    );
    for (const other of others) {
      const expected = `a network apart from that of ${nameOf(other)}, ${other.subnet.toString()}`;
      problems.push({ ...place, option: "network", expected, got: found.subnet.toString() });
    }
    problems.push(...checkSection(section, settings, found));
    subnets.push(found);
  }
  return { subnets, problems };
}

function subnetOf(
  section: SubnetSection,
  settings: NetworkSections,
  served: readonly string[],
  interfaces: readonly InterfaceAddress[],
  origins: BootpdOrigins,
): ServedSubnet | undefined {
  const { bootpd } = settings;
  const { name, values } = section;
  const { network: subnet, pool_start: start, pool_count: count } = values;
  if (subnet === undefined) return undefined;
  const own = interfaces.find((entry) => served.includes(entry.name) && subnet.contains(entry.address));
  const link = own && linkAt(own);
  const times = leaseTimesOf(section, bootpd);
  const announced = values.set_gateway ?? bootpd.set_gateway;
  return {
    name,
    subnet,
    ranges: [
      ...(start === undefined ? [] : [{ start, count: count ?? bootpd.pool_count }]),
      ...(values.pool_ranges ?? []),
    ],
    link,
    sharedNetwork: values.shared_network,
    ownAddresses: addressesIn(subnet, interfaces),
    router: announced ? (values.gateway ?? link?.serverAddress) : undefined,
    dns: values.dns,
    domain: values.domain ?? bootpd.domain,
    leaseSeconds: times.lease_time,
    leaseBounds: leaseBounds(times),
    nextServer: values.next_server ?? bootpd.next_server,
    options: optionsOfSubnet(optionsOfAll(settings, origins), section, origins),
    bootFile: values.boot_file,
    origins: subnetOrigins({ subnet, interfaceName: link?.interfaceName, bootpd, section }, origins),
  };
}

/**
 * Returns the networks of the remaining served interfaces in the proxy modes. Without addresses to give, an interface
 * needs no `[subnet NAME]`.
 *
 * @param listed the networks that the configuration file names
 */
export function otherLinks(
  { bootpd: { mode, interface: names = [] } }: NetworkSections,
  listed: readonly ServedSubnet[],
  interfaces: readonly InterfaceAddress[],
): readonly ServedSubnet[] {
  const [first] = listed;
  if (mode === "server" || first === undefined) return [];
  const missing = names.filter((name) => listed.every(({ link }) => link?.interfaceName !== name));
  return missing.flatMap((name) => {
    const entry = interfaces.find((each) => each.name === name);
    if (entry === undefined) return [];
    const { subnet } = entry;
    const ownAddresses = addressesIn(subnet, interfaces);
    const link = linkAt(entry);
    const origins = { ...first.origins, ...placeOrigins(subnet, name) };
    return [{ ...first, subnet, link, sharedNetwork: undefined, ranges: [], router: undefined, ownAddresses, origins }];
  });
}

/** Returns the link of an interface. */
export function linkAt({ name, index, address }: Pick<InterfaceAddress, "name" | "index" | "address">): OwnLink {
  return { interfaceName: name, interfaceIndex: index, serverAddress: address };
}

function leaseTimesOf({ values }: SubnetSection, bootpd: BootpdSettings): LeaseTimes {
  return {
    lease_time: values.lease_time ?? bootpd.lease_time,
    min_lease_time: values.min_lease_time ?? bootpd.min_lease_time,
    max_lease_time: values.max_lease_time ?? bootpd.max_lease_time,
  };
}

function checkSection(section: SubnetSection, { bootpd }: NetworkSections, found: ServedSubnet): readonly Problem[] {
  const { name, lines, values } = section;
  const place = (option: string): Omit<Problem, "expected" | "got"> => ({
    section: `subnet ${name}`,
    option,
    line: lines[option],
  });
  const problems = checkRanges(found, place(values.pool_start === undefined ? "pool_ranges" : "pool_start"));
  const { gateway, lease_time: usual, min_lease_time: least, max_lease_time: most } = values;
  if (gateway !== undefined && !found.subnet.contains(gateway)) {
    const expected = `an address in ${found.subnet.toString()}`;
    problems.push({ ...place("gateway"), expected, got: formatIpv4(gateway) });
  }
  // Inherited times are checked in the section that sets them.
  if (usual === undefined && least === undefined && most === undefined) return problems;
  const placeOfTime = (option: string): Omit<Problem, "expected" | "got"> => ({
    ...place(option),
    line: lines[option] ?? lines["lease_time"],
  });
  return [...problems, ...checkLeaseTimes(leaseTimesOf(section, bootpd), placeOfTime)];
}

function checkRanges({ subnet, ranges }: ServedSubnet, place: Omit<Problem, "expected" | "got">): Problem[] {
  const problems: Problem[] = [];
  ranges.forEach(({ start, count }, index) => {
    const last = toIpv4(start + Math.max(0, count - 1));
    const got = `${formatIpv4(start)}-${formatIpv4(last)}`;
    // The first range may exceed its network: the part that fits is used, with a warning.
    if (!subnet.contains(start) || (count > 0 && !subnet.contains(last) && index > 0)) {
      problems.push({ ...place, expected: `addresses in ${subnet.toString()}`, got });
    }
    const other = ranges.slice(0, index).find((former) => start < former.start + former.count && former.start <= last);
    if (other !== undefined && count > 0) {
      problems.push({
        ...place,
        expected: "each address once in the pool",
        got: `${got}, beside ${formatIpv4(other.start)}`,
      });
    }
  });
  return problems;
}

function addressesIn(subnet: Subnet, interfaces: readonly InterfaceAddress[]): readonly Ipv4[] {
  return interfaces.map(({ address }) => address).filter((address) => subnet.contains(address));
}

function overlap(one: Subnet, other: Subnet): boolean {
  return one.contains(other.network) || other.contains(one.network);
}

function nameOf({ name }: ServedSubnet): string {
  return name === undefined ? "[bootpd]" : `[subnet ${name}]`;
}
