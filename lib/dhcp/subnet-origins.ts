import type { Origin, SettingOrigins } from "../config/origin.js";
import type { Subnet } from "../net/subnet.js";
import type { BootpdSettings } from "./bootpd-section.js";
import type { SubnetSection } from "./network-sections.js";

/** The origins of the file that has `[bootpd]`. */
export type BootpdOrigins = SettingOrigins<"bootpd">;

/** Where the parameters of a network come from. */
export interface SubnetOrigins {
  /** The network itself: its mask and broadcast address. */
  readonly network: Origin;
  /** The address of this server there. */
  readonly server: Origin;
  readonly pool: Origin;
  readonly router: Origin;
  readonly dns: Origin;
  readonly domain: Origin;
  readonly leaseTime: Origin;
  /** The bounds of the time that a client may ask for. */
  readonly leastLease: Origin;
  readonly mostLease: Origin;
  readonly nextServer: Origin;
  /** The name of this server; undefined where it is known by its address. */
  readonly serverName: Origin | undefined;
  readonly bootFile: Origin;
}

/** The section of a network, and what its parameters come from beside the file. */
interface SubnetParts {
  readonly subnet: Subnet;
  /** Our interface there; undefined where only relay agents reach it. */
  readonly interfaceName: string | undefined;
  readonly bootpd: BootpdSettings;
  /** Undefined for the network of `[bootpd]`. */
  readonly section?: SubnetSection;
}

/** Returns the origins of a network: its own section, else `[bootpd]`. */
export function subnetOrigins(
  { subnet, interfaceName, bootpd, section }: SubnetParts,
  origins: BootpdOrigins,
): SubnetOrigins {
  const of = (option: string): Origin =>
    section === undefined ? origins.of("bootpd", option) : originIn(section, option, origins);
  const gateway = section === undefined ? bootpd.gateway : section.values.gateway;
  const asksHost = bootpd.dns === "auto" && section?.values.dns === undefined;
  const place = placeOrigins(subnet, interfaceName);
  return {
    ...place,
    ...(section === undefined ? { pool: of("pool_start") } : sectionOrigins(section, origins)),
    router: gateway === undefined ? { kind: "found", text: "this server", by: of("gateway") } : of("gateway"),
    dns: asksHost ? { kind: "found", text: "this host's own", by: origins.of("bootpd", "dns", "auto") } : of("dns"),
    domain: of("domain"),
    leaseTime: of("lease_time"),
    leastLease: setOr(of("min_lease_time"), of("lease_time")),
    mostLease: setOr(of("max_lease_time"), of("lease_time")),
    nextServer: of("next_server"),
    serverName: bootpd.servername === undefined ? undefined : origins.of("bootpd", "servername"),
    bootFile: of("boot_file"),
  };
}

/** Returns the origin of an option that a `[subnet NAME]` section sets, or inherits from `[bootpd]`. */
export function originIn({ name, lines }: SubnetSection, option: string, origins: BootpdOrigins): Origin {
  const line = lines[option];
  return line === undefined ? origins.of("bootpd", option) : origins.at(line, `subnet ${name}`, option);
}

/** Returns the origins of what an interface determines. */
export function placeOrigins(
  subnet: Subnet,
  interfaceName: string | undefined,
): Pick<SubnetOrigins, "network" | "server"> {
  return {
    network: { kind: "link", subnet: subnet.toString(), interfaceName },
    server: { kind: "server", interfaceName },
  };
}

function sectionOrigins(
  { name, line, lines }: SubnetSection,
  origins: BootpdOrigins,
): Pick<SubnetOrigins, "network" | "pool"> {
  const section = `subnet ${name}`;
  return {
    network: origins.whole("network", lines["network"] ?? line, section),
    pool: origins.whole("section", line, section),
  };
}

/** Returns the first origin where the file sets that option. */
function setOr(first: Origin, second: Origin): Origin {
  return first.kind === "setting" ? first : second;
}
