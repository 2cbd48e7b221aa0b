import type { InterfaceAddress } from "../os/interfaces.js";
import { formatIpv4, UNSPECIFIED } from "../net/ipv4.js";
import { checkLeaseTimes } from "../dhcp/lease-terms.js";
import { checkOptions } from "../options/checks.js";
import { checkMenu } from "../boot/menu.js";
import { missingInterfaces } from "../dhcp/network.js";
import type { Problem } from "../config/problem.js";
import type { SettingsReading } from "./schema.js";
import type { ServedSubnet } from "../dhcp/subnets.js";
import { unknownVariables, VARIABLES, wildcardsIn } from "../files/template.js";

/** The services to run. */
export interface Services {
  readonly dhcp: boolean;
  readonly tftp: boolean;
  readonly http: boolean;
}

/** Octets of `sname` without the final NUL (RFC 951 3). */
const LONGEST_SERVER_NAME = 63;

/** Checks that options fit each other and this host, which no single option can tell. */
export function crossCheck(
  reading: SettingsReading,
  services: Services,
  interfaces: readonly InterfaceAddress[],
  subnets: readonly ServedSubnet[],
): readonly Problem[] {
  const { settings, lineOf } = reading;
  return [
    ...(services.dhcp ? checkAccess(reading) : []),
    ...(subnets.length > 0 ? checkReservations(reading, subnets, interfaces) : []),
    ...checkLogger(reading),
    ...checkFilters(reading),
    ...checkIpxe(reading),
    ...checkInterfaces(reading, interfaces),
    ...checkServerName(reading),
    ...checkLeaseTimes(settings.bootpd, (option) => ({ section: "bootpd", option, line: lineOf("bootpd", option) })),
    ...checkOptions("option", settings.option),
    ...settings.subnet.flatMap(({ name, further }) => checkOptions(`subnet ${name}`, further)),
    ...checkMenu(settings),
    ...checkMode(reading),
    ...(["bootpd", "tftpd", "httpd"] as const).flatMap((section) => checkAddress(reading, section, interfaces)),
    ...(settings.api.enable ? checkAddress(reading, "api", interfaces) : []),
  ];
}

function checkAccess({ settings, lineOf }: SettingsReading): readonly Problem[] {
  const { access } = settings.bootpd;
  const place = { line: lineOf("bootpd", "access"), section: "bootpd", option: "access" };
  if (access === "http") {
    if (settings.http.location !== undefined) return [];
    return [{ ...place, expected: "a [http] section with a location to ask", got: "access = http without one" }];
  }
  if (access === undefined || settings[access].length > 0) return [];
  if (access === "mac" && (settings.static_dhcp.length > 0 || settings.hosts.file !== undefined)) return [];
  return [
    { ...place, expected: `a [${access}] section that lists who may boot`, got: `access = ${access} without one` },
  ];
}

/** Checks that a server without port 67 gives no addresses, and that mode proxy has known machines to answer. */
function checkMode({ settings, lineOf }: SettingsReading): readonly Problem[] {
  const { mode, port67, access } = settings.bootpd;
  if (mode === "server" && !port67) {
    const place = { line: lineOf("bootpd", "port67"), section: "bootpd", option: "port67" };
    return [{ ...place, expected: "mode = proxy or auto-proxy beside it", got: "no in mode = server" }];
  }
  const known = access !== undefined || settings.static_dhcp.length > 0 || settings.hosts.file !== undefined;
  if (mode !== "proxy" || known) return [];
  const place = { line: lineOf("bootpd", "mode"), section: "bootpd", option: "mode" };
  const expected = "machines that are known by [static_dhcp], [hosts] or access, or mode = auto-proxy";
  return [{ ...place, expected, got: "proxy, and nothing that names a machine" }];
}

function checkReservations(
  { settings }: SettingsReading,
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

function checkLogger({ settings, lineOf }: SettingsReading): readonly Problem[] {
  if (settings.logger.type !== "file" || settings.logger.file !== undefined) return [];
  const place = { line: lineOf("logger", "type"), section: "logger", option: "file" };
  return [{ ...place, expected: "the file to write the log to", got: "type = file without one" }];
}

function checkFilters({ settings }: SettingsReading): readonly Problem[] {
  const names = VARIABLES.map((name) => `{${name}}`).join(", ");
  return settings.filters.flatMap(({ key, value, line }) => {
    const place = { line, section: "filters", option: key };
    const wildcards = wildcardsIn(key);
    const unknown = unknownVariables(value, wildcards).map((name) => {
      const allowed = wildcards > 0 && /^[0-9]+$/.test(name) ? numbersUpTo(wildcards) : names;
      return { ...place, expected: `no other variables than ${allowed}`, got: `{${name}}` };
    });
    if (!isBadUrl(value)) return unknown;
    const example = "a URL whose host no variable makes, such as http://mirror.example.org/boot/{filename}";
    return [...unknown, { ...place, expected: example, got: value }];
  });
}

function numbersUpTo(wildcards: number): string {
  const numbers = wildcards > 1 ? `{1} to {${wildcards}}` : "{1}";
  return `${numbers} for the wildcards of the name`;
}

function isBadUrl(value: string): boolean {
  const [, host] = /^\[?https?:\/\/([^/]*)/i.exec(value) ?? [];
  return host !== undefined && (host.includes("{") || !URL.canParse(`http://${host}/`));
}

function checkIpxe({ settings: { ipxe }, lineOf }: SettingsReading): readonly Problem[] {
  const place = (option: string): Problem => ({
    line: lineOf("ipxe", option),
    section: "ipxe",
    option,
    expected: "one of script, script_url and kernel",
    got: `${option} too`,
  });
  const said = (["script", "script_url", "kernel"] as const).filter((option) => ipxe[option] !== undefined);
  const stray = ipxe.kernel === undefined && ipxe.initrd !== undefined;
  return [
    ...said.slice(1).map(place),
    ...(stray ? [{ ...place("initrd"), expected: "a kernel for it", got: "initrd without one" }] : []),
  ];
}

function checkInterfaces(
  { settings, lineOf }: SettingsReading,
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

function checkServerName({ settings, lineOf }: SettingsReading): readonly Problem[] {
  const { servername, domain } = settings.bootpd;
  const name = `${servername ?? ""}.${domain}`;
  if (Buffer.byteLength(name) <= LONGEST_SERVER_NAME && /^[\x21-\x7e]+$/.test(name)) return [];
  const option = servername === undefined ? "domain" : "servername";
  const place = { line: lineOf("bootpd", option), section: "bootpd", option };
  const expected = `servername and domain together to be a host name of at most ${LONGEST_SERVER_NAME} letters`;
  return [{ ...place, expected, got: JSON.stringify(name) }];
}

function checkAddress(
  { settings, lineOf }: SettingsReading,
  section: "bootpd" | "tftpd" | "httpd" | "api",
  interfaces: readonly InterfaceAddress[],
): readonly Problem[] {
  const { address } = settings[section];
  if (address === undefined || address === UNSPECIFIED) return [];
  if (interfaces.some((entry) => entry.address === address)) return [];
  if (section === "bootpd" && interfaces.some(({ subnet }) => subnet.network === address)) return [];
  const own = interfaces.map((entry) => `${formatIpv4(entry.address)} (${entry.name})`).join(", ");
  const place = { line: lineOf(section, "address"), section, option: "address" };
  return [
    { ...place, expected: "0.0.0.0 or an address of this host", got: formatIpv4(address), hint: `it has ${own}` },
  ];
}
