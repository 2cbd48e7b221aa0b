import type { Problem } from "../config/problem.js";
import type { ReadSections } from "../config/read.js";
import { formatIpv4 } from "../net/ipv4.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import { checkOptions } from "../options/checks.js";
import { checkAddress } from "../service/check-address.js";
import { checkLeaseTimes } from "./lease-terms.js";
import { missingInterfaces } from "./network.js";
import type { DhcpSections } from "./sections.js";
import type { ServedSubnet } from "./subnets.js";

/** Octets of `sname` without the final NUL (RFC 951 3). */
const LONGEST_SERVER_NAME = 63;

type DhcpReading = ReadSections<DhcpSections>;

/** The values that the sections of DHCP are checked against. */
export interface DhcpCircumstances {
  /** Whether DHCP runs. */
  readonly runs: boolean;
  readonly interfaces: readonly InterfaceAddress[];
  /** The networks that are served; none where DHCP does not run. */
  readonly subnets: readonly ServedSubnet[];
}

/** Checks that the sections of DHCP fit each other and this host. */
export function checkDhcp(reading: DhcpReading, { runs, interfaces, subnets }: DhcpCircumstances): readonly Problem[] {
  const { settings, lineOf } = reading;
  const { address } = settings.bootpd;
  // PyBootd's manual allows the address of a network.
  const isNetwork = interfaces.some(({ subnet }) => subnet.network === address);
  return [
    ...(runs ? checkAccess(reading) : []),
    ...(subnets.length > 0 ? checkReservations(reading, subnets, interfaces) : []),
    ...checkInterfaces(reading, interfaces),
    ...checkServerName(reading),
    ...checkLeaseTimes(settings.bootpd, (option) => ({ section: "bootpd", option, line: lineOf("bootpd", option) })),
    ...checkOptions("option", settings.option),
    ...settings.subnet.flatMap(({ name, further }) => checkOptions(`subnet ${name}`, further)),
    ...checkMode(reading),
    ...(isNetwork ? [] : checkAddress(reading, "bootpd", interfaces)),
  ];
}

/** Checks that `access` has what decides who may boot. */
function checkAccess({ settings, lineOf }: DhcpReading): readonly Problem[] {
  const { access } = settings.bootpd;
  const place = { line: lineOf("bootpd", "access"), section: "bootpd", option: "access" };
  if (access === "http") {
    if (settings.http.location !== undefined) return [];
    return [{ ...place, expected: "a [http] section with a location to ask", got: "access = http without one" }];
  }
  if (access === undefined || settings[access].length > 0) return [];
  if (access === "mac" && knowsMachines(settings)) return [];
  return [
    { ...place, expected: `a [${access}] section that lists who may boot`, got: `access = ${access} without one` },
  ];
}

/** Whether a section names machines, or a source of them. */
function knowsMachines({ static_dhcp: reserved, hosts }: DhcpSections): boolean {
  return reserved.length > 0 || hosts.file !== undefined || hosts.redis !== undefined || hosts.api !== undefined;
}

/** Checks that a server without port 67 gives no addresses, and that mode proxy has known machines to answer. */
function checkMode({ settings, lineOf }: DhcpReading): readonly Problem[] {
  const { mode, port67, access } = settings.bootpd;
  if (mode === "server" && !port67) {
    const place = { line: lineOf("bootpd", "port67"), section: "bootpd", option: "port67" };
    return [{ ...place, expected: "mode = proxy or auto-proxy beside it", got: "no in mode = server" }];
  }
  const known = access !== undefined || knowsMachines(settings);
  if (mode !== "proxy" || known) return [];
  const place = { line: lineOf("bootpd", "mode"), section: "bootpd", option: "mode" };
  const expected = "machines that are known by [static_dhcp], [hosts] or access, or mode = auto-proxy";
  return [{ ...place, expected, got: "proxy, and nothing that names a machine" }];
}

/** Checks that reserved addresses are those of machines in served networks. */
function checkReservations(
  { settings }: DhcpReading,
  subnets: readonly ServedSubnet[],
  interfaces: readonly InterfaceAddress[],
): readonly Problem[] {
  const isAllThere = missingInterfaces(settings.bootpd, interfaces).length === 0;
  const networks = subnets.map(({ subnet }) => subnet.toString()).join(", ");
  return settings.static_dhcp.flatMap(({ key, value: { address }, line }) => {
    const place = { line, section: "static_dhcp", option: key, got: formatIpv4(address) };
    const served = subnets.find(({ subnet }) => subnet.contains(address));
    if (served === undefined) {
      // The address may be in the network of an interface that does not exist yet.
      return isAllThere ? [{ ...place, expected: `an address in ${networks}, which is served` }] : [];
    }
    const { subnet, ownAddresses } = served;
    if (address === subnet.network || address === subnet.broadcast) {
      return [{ ...place, expected: `an address of a machine, not the first or last of ${subnet.toString()}` }];
    }
    if (ownAddresses.includes(address)) return [{ ...place, expected: "another address than this server's own" }];
    return [];
  });
}

/** Checks that one of the interfaces to serve exists. */
function checkInterfaces(
  { settings, lineOf }: DhcpReading,
  interfaces: readonly InterfaceAddress[],
): readonly Problem[] {
  const known = [...new Set(interfaces.map((entry) => entry.name))];
  const place = { line: lineOf("bootpd", "interface"), section: "bootpd", option: "interface" };
  const expected = `interfaces of this host that have an IPv4 address: ${known.join(", ")}`;
  const names = settings.bootpd.interface ?? [];
  // One existing interface is enough: the others may come later.
  if (names.some((name) => known.includes(name))) return [];
  return names.map((name) => ({ ...place, expected, got: name }));
}

/** Checks that the name of this server fits into `sname`. */
function checkServerName({ settings, lineOf }: DhcpReading): readonly Problem[] {
  const { servername, domain } = settings.bootpd;
  const name = `${servername ?? ""}.${domain}`;
  if (Buffer.byteLength(name) <= LONGEST_SERVER_NAME && /^[\x21-\x7e]+$/.test(name)) return [];
  const option = servername === undefined ? "domain" : "servername";
  const place = { line: lineOf("bootpd", option), section: "bootpd", option };
  const expected = `servername and domain together to be a host name of at most ${LONGEST_SERVER_NAME} letters`;
  return [{ ...place, expected, got: JSON.stringify(name) }];
}
