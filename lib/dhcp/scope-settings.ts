import { memoize } from "../common/memoize.js";
import type { BootpdSettings } from "./bootpd-section.js";
import type { ServedSubnet } from "./subnets.js";
import type { LinkName } from "./link.js";
import { encodeFacts, type NetworkFacts } from "./reply.js";
import type { Scope } from "./scope.js";
import type { LeaseStore } from "../leases/lease.js";
import type { LeaseKey } from "../machine/lease-key.js";
import { LeaseTable } from "../leases/lease-table.js";
import { Leases } from "../leases/leases.js";
import type { Readers } from "../leases/readers.js";
import type { Clock } from "../common/clock.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import { Cooldown } from "../common/cooldown.js";

/** How often the operator is warned that a pool is exhausted. */
const EXHAUSTION_SECONDS = 60;

/** What all networks share. */
export interface ScopeParts {
  readonly clock: Clock;
  /** The DNS servers to announce where a network has none of its own. */
  readonly dns: readonly Ipv4[];
  readonly store: LeaseStore;
  /** At which addresses machines read files now; at none where nobody can. */
  readonly readers?: Pick<Readers, "has">;
}

/** One network of a configuration, with its reservations. */
export function makeScope(
  bootpd: BootpdSettings,
  served: ServedSubnet,
  reservations: ReadonlyMap<LeaseKey, Ipv4>,
  { clock, dns, store, readers }: ScopeParts,
): Scope {
  const table = makeTable(bootpd, served, reservations, { clock, readers });
  const leases = new Leases(table, store, clock, bootpd.client_key);
  return {
    subnet: served.subnet,
    interfaceName: served.link?.interfaceName,
    sharedNetwork: served.sharedNetwork,
    leases,
    facts: memoize(
      (link: LinkName) => networkFacts(bootpd, served, link, dns),
      ({ interfaceName }) => interfaceName,
    ),
    bootFile: served.bootFile,
    exhaustion: new Cooldown(clock, EXHAUSTION_SECONDS),
  };
}

function makeTable(
  bootpd: BootpdSettings,
  { subnet, ranges, ownAddresses, router }: ServedSubnet,
  reservations: ReadonlyMap<LeaseKey, Ipv4>,
  { clock, readers }: Pick<ScopeParts, "clock"> & { readonly readers: ScopeParts["readers"] },
): LeaseTable {
  const { gateway, offer_time: offerSeconds, decline_time: declineSeconds } = bootpd;
  const routers = [router, gateway].filter((address) => address !== undefined);
  const excluded = new Set([...ownAddresses, subnet.network, subnet.broadcast, ...routers]);
  return new LeaseTable({ ranges, excluded, reservations, offerSeconds, declineSeconds }, clock, readers);
}

function networkFacts(
  { servername }: BootpdSettings,
  { dns, link: own, ...served }: ServedSubnet,
  link: LinkName,
  dnsOfAll: readonly Ipv4[],
): NetworkFacts {
  const { subnet, router, domain, leaseSeconds, leaseBounds, nextServer, options } = served;
  // Where an interface is in several networks, machines know us by our address in their own.
  const address = own?.interfaceName === link.interfaceName ? own.serverAddress : link.address;
  const facts: NetworkFacts = {
    serverAddress: address,
    subnet,
    router,
    dns: dns ?? dnsOfAll,
    domain,
    leaseSeconds,
    leaseBounds,
    serverName: servername === undefined ? formatIpv4(nextServer ?? address) : `${servername}.${domain}`,
    nextServer,
    options,
  };
  return { ...facts, encoded: encodeFacts(facts) };
}
