import type { Config } from "./config/load.js";
import { describeOption } from "./config/option-names.js";
import type { Settings } from "./config/schema.js";
import type { ServedSubnet } from "./config/subnets.js";
import type { Root } from "./config/values.js";
import { builtInProfiles } from "./dhcp/built-in-profiles.js";
import { describeArchitecture } from "./dhcp/architecture.js";
import { formatIpv4, toIpv4, UNSPECIFIED, type Ipv4 } from "./net/ipv4.js";

/** What a configuration serves, a line for each service, for `--check` and the beginning of the log. */
export function describeConfig(config: Config): readonly string[] {
  return [...describeDhcp(config), ...describeTftp(config), ...describeHttp(config)];
}

/** The families of firmware that are treated otherwise than others without being asked to, for `--check -v`. */
export function describeBuiltInProfiles(): readonly string[] {
  return builtInProfiles.flatMap(({ name, reason, source }) => [
    `[profile ${name}], built in: ${reason}`,
    `    found in: ${source}`,
  ]);
}

function describeDhcp({ settings, network, subnets }: Config): readonly string[] {
  const { bootpd, bootfile, option: options, hosts } = settings;
  if (network === undefined) return ["DHCP: off"];
  const files = bootfile.map(({ key, value }) => `${key === "default" ? key : describeArchitecture(key)}: ${value}`);
  const fallback = bootpd.boot_file === undefined ? [] : [`otherwise: ${bootpd.boot_file}`];
  const clients = bootpd.allow_simple_dhcp
    ? "every client"
    : "machines that boot by PXE first (allow_simple_dhcp is off)";
  const notified = (bootpd.notify ?? []).map(({ address, port }) => `${formatIpv4(address)}:${port}`);
  const set = [...new Set(options.map(({ key }) => describeOption(key.code)))];
  return [
    ...subnets.map((served) => describeSubnet(served, settings)),
    `DHCP: serves ${clients}; access: ${bootpd.access ?? "everybody"}`,
    `DHCP: boot file ${[...files, ...fallback].join("; ") || "none: machines get an address and nothing to boot ([bootfile] default)"}`,
    ...(hosts.file === undefined ? [] : [`DHCP: knows the machines of ${hosts.file}`]),
    ...(set.length === 0 ? [] : [`DHCP: sets ${set.join(", ")}`]),
    ...(notified.length === 0 ? [] : [`DHCP: notifies ${notified.join(", ")}`]),
  ];
}

function describeSubnet({ link, subnet, ranges }: ServedSubnet, { bootpd, static_dhcp: reserved }: Settings): string {
  const parts = ranges
    .filter(({ count }) => count > 0)
    .map(({ start, count }) => `${formatIpv4(start)} to ${formatIpv4(toIpv4(start + count - 1))}`);
  const total = ranges.reduce((sum, { count }) => sum + count, 0);
  const pool = parts.length === 0 ? "no pool" : `pool ${parts.join(" and ")} (${total} addresses)`;
  const reservations = reserved.filter(({ value }) => subnet.contains(value.address)).length;
  const where = link === undefined ? "relayed" : `interface ${link.interfaceName}`;
  const as = link === undefined ? "" : `, as ${formatIpv4(link.serverAddress)} on port ${bootpd.port}`;
  return `DHCP: ${where}, network ${subnet.toString()}, ${pool}, ${reservations} reservations${as}`;
}

function describeTftp({ settings, services, network }: Config): readonly string[] {
  if (!services.tftp) return ["TFTP: off"];
  const { address, port, root } = settings.tftpd;
  const names = address === undefined ? settings.bootpd.interface : undefined;
  const count = settings.filters.length;
  const filters = count === 0 ? "" : `, ${count} ${count === 1 ? "filter" : "filters"}`;
  const where =
    names === undefined ? listening(address ?? network?.serverAddress, port) : `${names.join(" and ")}, port ${port}`;
  return [`TFTP: ${where}, files from ${describeRoot(root)}${filters}`];
}

function describeHttp({ settings, services, network, certificate }: Config): readonly string[] {
  if (!services.http) return ["HTTP: off"];
  const { address, port, root, check_ip: check } = settings.httpd;
  const whom = check && network !== undefined ? "machines that hold an address of ours" : "everybody";
  const where = listening(address ?? network?.serverAddress, port);
  const protocol = certificate === undefined ? "HTTP" : "HTTPS";
  return [`${protocol}: ${where}, files from ${describeRoot(root)}, for ${whom}`];
}

function listening(address: Ipv4 | undefined, port: number): string {
  return address === undefined || address === UNSPECIFIED
    ? `every address of this host, port ${port}`
    : `${formatIpv4(address)} port ${port}`;
}

function describeRoot(root: Root): string {
  return root.kind === "url" ? root.url.href : root.path;
}
