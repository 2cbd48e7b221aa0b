import type { Host } from "../../inventory/host.js";
import type { Mac } from "../../net/mac.js";
import { formatIpv4, type Ipv4 } from "../../net/ipv4.js";
import type { ScriptFacts } from "./template.js";

/** A machine that requests a script. */
export interface ScriptMachine {
  /** Undefined where the machine is not identified. */
  readonly mac: Mac | undefined;
  readonly ip: string | undefined;
  readonly uuid: string | undefined;
  readonly arch: string | undefined;
  /** The unchecked values that it sent in the query. */
  readonly told: ReadonlyMap<string, string>;
}

/** Returns the variables of a machine's script; the operator's sources take precedence over what the machine says. */
export function factsOf({ mac, ip, uuid, arch, told }: ScriptMachine, host: Host | undefined): ScriptFacts {
  const own = host === undefined ? {} : fieldsOf(host);
  const all: Readonly<Record<string, string | undefined>> = {
    ...Object.fromEntries(Object.keys(NOTHING).map((name) => [name, ""])),
    serial: told.get("serial"),
    manufacturer: told.get("manufacturer"),
    ...own,
    hostname: host?.hostName ?? told.get("hostname"),
    uuid: uuid ?? told.get("uuid"),
    arch: host?.arch ?? arch,
    mac: mac?.replaceAll(":", "-"),
    ip,
  };
  return new Map(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value ?? ""]));
}

/** Returns the fields of a machine, by their names in a hosts file. */
function fieldsOf({ address, facts, netboot, vlan, clientId }: Host): typeof NOTHING {
  return {
    ipAddress: address === undefined ? "" : formatIpv4(address),
    subnetMask: listed(facts.mask),
    defaultGateway: listed(facts.router),
    nameServers: listed(facts.dns),
    domainName: facts.domain ?? "",
    domainSearch: facts.domainSearch?.join(",") ?? "",
    ntpServers: listed(facts.ntp),
    broadcastAddress: listed(facts.broadcast),
    leaseTime: facts.leaseSeconds?.toString() ?? "",
    vlanID: vlan?.toString() ?? "",
    console: netboot.console ?? "",
    bootFile: netboot.bootFile ?? "",
    clientId: clientId ?? "",
  };
}

/** All field names with empty values, for machines that are unknown. */
const NOTHING = {
  ipAddress: "",
  subnetMask: "",
  defaultGateway: "",
  nameServers: "",
  domainName: "",
  domainSearch: "",
  ntpServers: "",
  broadcastAddress: "",
  leaseTime: "",
  vlanID: "",
  console: "",
  bootFile: "",
  clientId: "",
};

function listed(addresses: Ipv4 | readonly Ipv4[] | undefined): string {
  if (addresses === undefined) return "";
  return typeof addresses === "number" ? formatIpv4(addresses) : addresses.map(formatIpv4).join(",");
}
