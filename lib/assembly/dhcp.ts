import type { Config } from "../config/load.js";
import type { ServedNetwork } from "../config/network.js";
import { encodeAddresses, encodeSearchList } from "../config/option-encodings.js";
import { gatherOptions, type OptionPlan } from "../config/option-setting.js";
import type { Settings } from "../config/schema.js";
import { IdentifierList } from "../access/list.js";
import type { LeaseTerms } from "../dhcp/lease-time.js";
import { MachineTable } from "../dhcp/machines.js";
import { Code } from "../dhcp/options.js";
import type { NetworkFacts } from "../dhcp/reply.js";
import { DhcpServer } from "../dhcp/server.js";
import type { EventBus } from "../events.js";
import type { KnownSizes } from "../files/known-sizes.js";
import type { ClientDirectory } from "../leases/directory.js";
import type { LeaseStore, Owner } from "../leases/lease.js";
import { LeaseTable } from "../leases/lease-table.js";
import { Leases } from "../leases/leases.js";
import type { Clock } from "../net/clock.js";
import type { FrameSender } from "../net/frame-sender.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import type { UdpNetwork } from "../net/udp.js";
import { makeAccess, rulesOf } from "./access.js";

/** How many machines' stages are remembered. */
const MOST_MACHINES = 65_536;

/** What the DHCP side is built on. */
export interface DhcpParts {
  readonly network: UdpNetwork;
  /** What sends frames to machines that have no address yet, where there is such a way. */
  readonly frames: FrameSender | undefined;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly sizes: KnownSizes;
  /** The DNS servers to announce. */
  readonly dns: readonly Ipv4[];
  /** Where leases are kept. */
  readonly store: LeaseStore;
}

/** The DHCP side of a configuration: its server, and what the other services may ask it. */
export function makeDhcp(
  config: Config,
  served: ServedNetwork,
  { network, frames, clock, events, sizes, dns, store }: DhcpParts,
): { readonly server: DhcpServer; readonly directory: ClientDirectory } {
  const { bootpd, bootfile, buggy_clients: buggy } = config.settings;
  const leases = new Leases(makeTable(config.settings, served, clock), store, clock, bootpd.client_key);
  for (const lease of store.load()) leases.restore(lease);
  const machines = new MachineTable(MOST_MACHINES);
  const server = new DhcpServer({
    network,
    frames,
    access: makeAccess(config.settings),
    leases,
    machines,
    events,
    settings: {
      facts: networkFacts(config.settings, served, dns),
      declineSeconds: bootpd.decline_time,
      authoritative: bootpd.authoritative,
      listenAddress: bootpd.address,
      interfaceName: served.interfaceName,
      serverPort: bootpd.port,
      allowSimple: bootpd.allow_simple_dhcp,
      bootFiles: new Map(bootfile.map(({ key, value }) => [key, value])),
      fallbackBootFile: bootpd.boot_file,
      broadcastOnly: new IdentifierList(rulesOf(buggy)),
      sizeOf: (name) => sizes.sizeOf(name),
    },
  });
  return { server, directory: directoryOf(leases, machines) };
}

function makeTable(settings: Settings, { serverAddress, subnet, pool }: ServedNetwork, clock: Clock): LeaseTable {
  const { gateway, offer_time: offerSeconds, decline_time: declineSeconds } = settings.bootpd;
  const excluded = new Set([serverAddress, subnet.network, subnet.broadcast]);
  if (gateway !== undefined) excluded.add(gateway);
  const reservations = new Map<Owner, Ipv4>(settings.static_dhcp.map(({ key, value }) => [key, value.address]));
  return new LeaseTable({ ranges: [pool], excluded, reservations, offerSeconds, declineSeconds }, clock);
}

function networkFacts(
  { bootpd, option }: Settings,
  { serverAddress, subnet }: ServedNetwork,
  dns: readonly Ipv4[],
): NetworkFacts {
  const { servername, domain, gateway, set_gateway: announce, next_server: nextServer } = bootpd;
  return {
    serverAddress,
    subnet,
    router: announce ? (gateway ?? serverAddress) : undefined,
    dns,
    domain,
    ...leaseTerms(bootpd),
    serverName: servername === undefined ? formatIpv4(nextServer ?? serverAddress) : `${servername}.${domain}`,
    nextServer,
    options: optionPlan(bootpd, option),
  };
}

function leaseTerms({
  lease_time: usual,
  min_lease_time: least,
  max_lease_time: most,
}: Settings["bootpd"]): LeaseTerms {
  if (least === undefined && most === undefined) return { leaseSeconds: usual };
  return { leaseSeconds: usual, leaseBounds: { least: least ?? usual, most: most ?? usual } };
}

/** What `[bootpd]` has names of its own for, and `[option]`, which goes before it. */
function optionPlan(
  { ntp = [], domain_search: domains = [] }: Settings["bootpd"],
  entries: Settings["option"],
): OptionPlan {
  const { forAll, forVendors } = gatherOptions(entries);
  const named: [number, Buffer][] = [];
  if (ntp.length > 0) named.push([Code.ntpServers, encodeAddresses(ntp)]);
  if (domains.length > 0) named.push([Code.domainSearch, encodeSearchList(domains)]);
  return { forAll: new Map([...named, ...forAll]), forVendors };
}

function directoryOf(leases: Leases, machines: MachineTable): ClientDirectory {
  return {
    find(address) {
      const mac = leases.holderOf(address);
      if (mac === undefined) return undefined;
      const { uuid, file, architecture } = machines.get(mac);
      return { mac, uuid, file, architecture };
    },
  };
}
