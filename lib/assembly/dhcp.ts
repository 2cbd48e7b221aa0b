import type { Config } from "../config/load.js";
import type { Settings } from "../config/schema.js";
import { IdentifierList } from "../access/list.js";
import type { LinkName } from "../dhcp/link.js";
import { MachineTable } from "../dhcp/machines.js";
import { Scopes } from "../dhcp/scope.js";
import { DhcpServer, type DhcpSettings } from "../dhcp/server.js";
import type { EventBus } from "../events.js";
import type { HostSource } from "../hosts/source.js";
import type { KnownSizes } from "../files/known-sizes.js";
import type { ClientDirectory } from "../leases/directory.js";
import type { LeaseStore } from "../leases/lease.js";
import type { Clock } from "../net/clock.js";
import type { FrameSender } from "../net/frame-sender.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { UdpNetwork } from "../net/udp.js";
import { makeAccess, rulesOf } from "./access.js";
import { reservationsIn } from "./hosts.js";
import { makeScope } from "./scope.js";

/** How many machines' stages are remembered. */
const MOST_MACHINES = 65_536;

/** What the DHCP side is built on. */
export interface DhcpParts {
  readonly network: UdpNetwork;
  /** What sends frames to machines that have no address yet out of an interface, where there is such a way. */
  readonly frames: (interfaceName: string) => FrameSender | undefined;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly sizes: KnownSizes;
  /** The DNS servers to announce, where a network has none of its own. */
  readonly dns: readonly Ipv4[];
  /** Where leases are kept. */
  readonly store: LeaseStore;
  /** What is known of machines. */
  readonly hosts: HostSource;
}

/** The DHCP side of a configuration, and what the other services may ask it. */
export interface DhcpSide {
  readonly server: DhcpServer;
  readonly directory: ClientDirectory;
  /** How many leases of the store are of no address that is given now. */
  readonly strays: number;
}

/** Builds the DHCP side of a configuration. */
export function makeDhcp(config: Config, parts: DhcpParts): DhcpSide {
  const { network, frames, events, sizes, store, hosts } = parts;
  const { settings, subnets } = config;
  const links = linksOf(config);
  const ownAddresses = subnets.flatMap((subnet) => subnet.ownAddresses);
  const reservations = reservationsIn(config, hosts, events);
  const all = subnets.map((subnet, index) => makeScope(settings, subnet, reservations[index] ?? new Map(), parts));
  const scopes = new Scopes(all, ownAddresses);
  hosts.onChange(() => {
    for (const [index, reserved] of reservationsIn(config, hosts, events).entries()) {
      all[index]?.leases.table.reserve(reserved);
    }
  });
  const strays = restore(scopes, store);
  const machines = new MachineTable(MOST_MACHINES);
  const server = new DhcpServer({
    network,
    links: links.map((link) => ({ ...link, frames: frames(link.interfaceName) })),
    scopes,
    access: makeAccess(settings, hosts),
    hosts,
    machines,
    events,
    settings: serverSettings(settings, sizes, ownAddresses),
  });
  return { server, directory: directoryOf(scopes, machines), strays };
}

/** The interfaces that have a network to serve, each with the address of the first. */
export function linksOf({ subnets }: Config): readonly LinkName[] {
  const links = new Map<string, LinkName>();
  for (const { link } of subnets) {
    if (link === undefined || links.has(link.interfaceName)) continue;
    links.set(link.interfaceName, { interfaceName: link.interfaceName, address: link.serverAddress });
  }
  return [...links.values()];
}

function serverSettings(
  { bootpd, bootfile, buggy_clients: buggy }: Settings,
  sizes: KnownSizes,
  addresses: readonly Ipv4[],
): DhcpSettings {
  return {
    addresses,
    declineSeconds: bootpd.decline_time,
    authoritative: bootpd.authoritative,
    listenAddress: bootpd.address,
    serverPort: bootpd.port,
    allowSimple: bootpd.allow_simple_dhcp,
    bootFiles: new Map(bootfile.map(({ key, value }) => [key, value])),
    fallbackBootFile: bootpd.boot_file,
    broadcastOnly: new IdentifierList(rulesOf(buggy)),
    sizeOf: (name) => sizes.sizeOf(name),
  };
}

/** Takes up what was leased before. @returns how many leases are of no network or pool that there is now */
function restore(scopes: Scopes, store: LeaseStore): number {
  let strays = 0;
  for (const lease of store.load()) {
    if (scopes.holding(lease.address)?.leases.restore(lease) !== true) strays += 1;
  }
  return strays;
}

function directoryOf(scopes: Scopes, machines: MachineTable): ClientDirectory {
  return {
    find(address) {
      const mac = scopes.holding(address)?.leases.holderOf(address);
      if (mac === undefined) return undefined;
      const { uuid, file, architecture } = machines.get(mac);
      return { mac, uuid, file, architecture };
    },
  };
}
