import { describeTarget } from "../redis/target.js";
import { shownUrl } from "../inventory/url/shown-url.js";
import { portsOf } from "../dhcp/settings.js";
import { httpSettings } from "../http/settings.js";
import type { Config } from "../settings/load.js";
import { describeOption } from "../options/names.js";
import type { Settings } from "../settings/schema.js";
import { sharedLinks } from "../dhcp/shared-networks.js";
import type { ServedSubnet } from "../dhcp/subnets.js";
import type { Root } from "../config/values.js";
import { builtInProfiles } from "../machine/built-in-profiles.js";
import { describeArchitecture } from "../machine/architecture.js";
import { counted } from "../common/counted.js";
import { formatIpv4, toIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { knownLoaders } from "../tftp/loaders.js";

/** Describes what a configuration serves, a line for each service, for `--check` and the start of the log. */
export function describeConfig(config: Config): readonly string[] {
  return [...describeDhcp(config), ...describeTftp(config), ...describeHttp(config), ...describeApi(config)];
}

/** Describes the built-in workarounds for families of firmware and TFTP loaders, for `--check -v`. */
export function describeBuiltInProfiles(): readonly string[] {
  return [
    ...builtInProfiles.flatMap(({ name, reason, source }) => [
      `[profile ${name}], built in: ${reason}`,
      `    found in: ${source}`,
    ]),
    ...knownLoaders.flatMap(({ name, source }) => [
      `by TFTP ${name}, known by its requests: it drops a second copy of a block, so that one is sent soon`,
      `    found in: ${source}`,
    ]),
  ];
}

function describeDhcp({ settings, network, subnets }: Config): readonly string[] {
  const { bootpd, bootfile, option: options, hosts } = settings;
  if (network === undefined) return ["DHCP: off"];
  const files = bootfile.map(({ key, value }) => `${key === "default" ? key : describeArchitecture(key)}: ${value}`);
  const fallback = bootpd.boot_file === undefined ? [] : [`otherwise: ${bootpd.boot_file}`];
  const notified = (bootpd.notify ?? []).map(({ address, port }) => `${formatIpv4(address)}:${port}`);
  const set = [...new Set(options.map(({ key }) => describeOption(key.code)))];
  return [
    ...subnets.map((served) => describeSubnet(served, settings)),
    ...sharedLinks(subnets).map(describeSharedLink),
    `DHCP: ${describeClients(bootpd)}; access: ${bootpd.access ?? "everybody"}`,
    ...describeStandby(bootpd),
    `DHCP: boot file ${[...files, ...fallback].join("; ") || "none: machines get an address and nothing to boot ([bootfile] default)"}`,
    ...(hosts.file === undefined
      ? []
      : [`DHCP: knows the machines of ${hosts.file.kind === "file" ? hosts.file.path : shownUrl(hosts.file.url)}`]),
    ...(hosts.api === undefined ? [] : [`DHCP: asks ${shownUrl(hosts.api)} about machines`]),
    ...(hosts.redis === undefined ? [] : [`DHCP: knows the machines of ${describeTarget(hosts.redis)}`]),
    ...(set.length === 0 ? [] : [`DHCP: sets ${set.join(", ")}`]),
    ...(notified.length === 0 ? [] : [`DHCP: notifies ${notified.join(", ")}`]),
  ];
}

function describeClients({ mode, allow_simple_dhcp: simple }: Settings["bootpd"]): string {
  switch (mode) {
    case "server":
      return `serves ${simple ? "every client" : "machines that boot by PXE first (allow_simple_dhcp is off)"}`;
    case "proxy":
      return "tells known machines that boot from the network what to boot, and gives no addresses";
    case "auto-proxy":
      return "tells every machine that boots from the network what to boot, and gives no addresses";
  }
}

function describeStandby({ standby_for: master, standby_dynamic: dynamic }: Settings["bootpd"]): readonly string[] {
  if (master === undefined) return [];
  const pool = dynamic ? "" : ", for machines that have an address in [static_dhcp] or [hosts]";
  return [`DHCP: standby of ${formatIpv4(master)}: silent while that serves${pool}`];
}

function describeSubnet({ link, subnet, ranges }: ServedSubnet, settings: Settings): string {
  const { bootpd, static_dhcp: reserved } = settings;
  const where = link === undefined ? "relayed" : `interface ${link.interfaceName}`;
  const ports = portsOf(settings).map(({ port }) => port);
  const on = ports.length === 1 ? `port ${ports.join("")}` : `ports ${ports.join(" and ")}`;
  const as = link === undefined ? "" : `, as ${formatIpv4(link.serverAddress)} on ${on}`;
  const place = `DHCP: ${where}, network ${subnet.toString()}`;
  if (bootpd.mode !== "server") return `${place}, beside its DHCP server${as}`;
  const parts = ranges
    .filter(({ count }) => count > 0)
    .map(({ start, count }) => `${formatIpv4(start)} to ${formatIpv4(toIpv4(start + count - 1))}`);
  const total = ranges.reduce((sum, { count }) => sum + count, 0);
  const pool =
    parts.length === 0 ? "no pool" : `pool ${parts.join(" and ")} (${counted(total, "address", "addresses")})`;
  const reservations = reserved.filter(({ value }) => subnet.contains(value.address)).length;
  return `${place}, ${pool}, ${counted(reservations, "reservation")}${as}`;
}

function describeSharedLink(group: readonly ServedSubnet[]): string {
  const [name] = group.flatMap(({ link, sharedNetwork }) => sharedNetwork ?? link?.interfaceName ?? []);
  return `DHCP: ${group.map(({ subnet }) => subnet.toString()).join(" and ")} share a link, ${name ?? ""}`;
}

function describeTftp({ settings, services, network, subnets }: Config): readonly string[] {
  if (!services.tftp) return ["TFTP: off"];
  const { address, port, root } = settings.tftpd;
  const names = address === undefined ? settings.bootpd.interface : undefined;
  const count = settings.filters.length;
  const filters = count === 0 ? "" : `, ${counted(count, "filter")}`;
  const own = subnets.flatMap(({ link }) => (link === undefined ? [] : formatIpv4(link.serverAddress)));
  const several = names ?? (address === undefined && own.length > 1 ? own : undefined);
  const where =
    several === undefined
      ? listening(address ?? network?.serverAddress, port)
      : `${several.join(" and ")}, port ${port}`;
  return [`TFTP: ${where}, files from ${describeRoot(root)}${filters}`];
}

function describeHttp(config: Config): readonly string[] {
  const { settings, services, certificate } = config;
  if (!services.http) return ["HTTP: off"];
  const { listen, checkAddress } = httpSettings(config);
  const whom = checkAddress ? "machines that hold an address of ours" : "everybody";
  const where = listening(listen.address, listen.port);
  const protocol = certificate === undefined ? "HTTP" : "HTTPS";
  return [`${protocol}: ${where}, files from ${describeRoot(settings.httpd.root)}, for ${whom}`];
}

function describeApi({ settings: { api } }: Config): readonly string[] {
  return api.enable ? [`API: ${listening(api.address, api.port)}`] : [];
}

function listening(address: Ipv4 | undefined, port: number): string {
  return address === undefined || address === UNSPECIFIED
    ? `every address of this host, port ${port}`
    : `${formatIpv4(address)} port ${port}`;
}

function describeRoot(root: Root): string {
  return root.kind === "url" ? root.url.href : root.path;
}
