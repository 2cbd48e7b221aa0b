import type { InterfaceAddress } from "../os/interfaces.js";
import { Subnet } from "../net/subnet.js";
import { findNetwork, missingInterfaces, networkAt, poolFrom, type ServedNetwork } from "../dhcp/network.js";
import { isReservedOnly } from "../dhcp/duty.js";
import type { Problem } from "../config/problem.js";
import type { Settings } from "./schema.js";
import { firstSubnet, furtherSubnets, linkAt, otherLinks, type ServedSubnet } from "../dhcp/subnets.js";
import type { BootpdOrigins } from "../dhcp/subnet-origins.js";

/** The inputs of {@link findNetworks} beside the settings. */
export interface NetworksRequest {
  readonly interfaces: readonly InterfaceAddress[];
  /** The configuration in effect before. */
  readonly former: { readonly settings: Settings; readonly subnets: readonly ServedSubnet[] } | undefined;
  /** The line of `pool_start`, for problems. */
  readonly line: number | undefined;
  readonly origins: BootpdOrigins;
}

/** The networks of a configuration, with the problems found in them. */
export interface FoundNetworks {
  /** The network whose address clients know this server by; undefined where there are problems. */
  readonly network: ServedNetwork | undefined;
  readonly subnets: readonly ServedSubnet[];
  readonly problems: readonly Problem[];
}

/**
 * Finds the networks of `[bootpd]` and of `[subnet NAME]`. Where one of several interfaces is missing, returns the
 * networks of the others.
 */
export function findNetworks(settings: Settings, request: NetworksRequest): FoundNetworks {
  const { interfaces, line, origins } = request;
  const found = findNetwork(settings.bootpd, interfaces, line);
  if ("problem" in found && !mayComeYet(settings, interfaces)) {
    return { network: undefined, subnets: [], problems: [found.problem] };
  }
  const first = "network" in found ? firstThere(settings, found.network, request) : firstAway(settings, request);
  const { subnets: further, problems } = furtherSubnets(settings, first, interfaces, origins);
  const listed = [...(first === undefined ? [] : [first]), ...further];
  const all = [...listed, ...otherLinks(settings, listed, interfaces)];
  const subnets = isReservedOnly(settings.bootpd) ? all.map((subnet) => ({ ...subnet, ranges: [] })) : all;
  const network = "network" in found ? found.network : standIn(settings, subnets, interfaces);
  return { network, subnets, problems };
}

/** Whether the interface with `pool_start` may be one of those that are missing now. */
function mayComeYet({ bootpd }: Settings, interfaces: readonly InterfaceAddress[]): boolean {
  return bootpd.pool_start !== undefined && missingInterfaces(bootpd, interfaces).length > 0;
}

function firstThere(
  settings: Settings,
  { interfaceName: name, interfaceIndex: index, serverAddress: address, subnet, pool }: ServedNetwork,
  { interfaces, origins }: NetworksRequest,
): ServedSubnet {
  return firstSubnet(settings, { link: linkAt({ name, index, address }), subnet, pool }, interfaces, origins);
}

/**
 * Returns the network of `[bootpd]` while its interface is missing, as far as it is known, so that its leases are kept.
 */
function firstAway(settings: Settings, { interfaces, former, origins }: NetworksRequest): ServedSubnet | undefined {
  const { pool_start: start, netmask } = settings.bootpd;
  if (start === undefined) return undefined;
  const same = former?.settings.bootpd.pool_start === start ? former.subnets[0] : undefined;
  const known = same?.subnet.contains(start) === true ? same.subnet : undefined;
  const subnet = netmask === undefined ? known : Subnet.holding(start, netmask);
  if (subnet === undefined) return undefined;
  const pool = poolFrom(start, subnet, settings.bootpd);
  return firstSubnet(settings, { link: undefined, subnet, pool }, interfaces, origins);
}

/** Returns the network of an existing interface in place of the missing one. */
function standIn(
  { bootpd: { interface: names = [] } }: Settings,
  subnets: readonly ServedSubnet[],
  interfaces: readonly InterfaceAddress[],
): ServedNetwork | undefined {
  const there = interfaces.filter(({ name }) => names.includes(name));
  const served = there.find(({ address }) => subnets.some(({ link }) => link?.serverAddress === address)) ?? there[0];
  return served && networkAt(served, { start: served.subnet.network, count: 0 });
}
