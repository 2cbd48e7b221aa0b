import type { Host } from "../../inventory/host.js";
import type { Mac } from "../../net/mac.js";
import { formatIpv4, type Ipv4 } from "../../net/ipv4.js";
import type { ScriptFacts } from "./template.js";

/** A machine that wants a script. */
export interface ScriptMachine {
  /** Undefined where nothing tells which one it is. */
  readonly mac: Mac | undefined;
  readonly ip: string | undefined;
  readonly uuid: string | undefined;
  readonly arch: string | undefined;
  /** What it said of itself in the query: anything. */
  readonly told: ReadonlyMap<string, string>;
}

/** What scripts may say of a machine; what the operator's sources say of it comes before what it says itself. */
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

/** The fields of a machine by their names in a file of machines. */
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

/** The names there are, for machines that nothing is known of. */
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
