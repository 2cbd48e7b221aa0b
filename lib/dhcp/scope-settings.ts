import { memoize } from "../common/memoize.js";
import type { BootpdSettings } from "./bootpd-section.js";
import type { ServedSubnet } from "./subnets.js";
import type { LinkName } from "./link.js";
import { encodeFacts, type NetworkFacts } from "./reply-facts.js";
import type { Scope } from "./scope.js";
import type { NetworkPlan } from "../leases/allocation.js";
import type { Allocator } from "../leases/allocator.js";
import type { LeaseKey } from "../machine/lease-key.js";
import type { Clock } from "../common/clock.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import { Cooldown } from "../common/cooldown.js";

/** Seconds between two warnings that a pool is exhausted. */
const EXHAUSTION_SECONDS = 60;

/** The parts that all networks share. */
export interface ScopeParts {
  readonly clock: Clock;
  /** The DNS servers to announce in networks without their own. */
  readonly dns: readonly Ipv4[];
}

/** Returns one network of a configuration, whose addresses an allocator gives. */
export function makeScope(
  bootpd: BootpdSettings,
  served: ServedSubnet,
  allocator: Allocator,
  { clock, dns }: ScopeParts,
): Scope {
  return {
    subnet: served.subnet,
    interfaceName: served.link?.interfaceName,
    sharedNetwork: served.sharedNetwork,
    allocator,
    facts: memoize(
      (link: LinkName) => networkFacts(bootpd, served, link, dns),
      ({ interfaceName }) => interfaceName,
    ),
    bootFile: served.bootFile === undefined ? undefined : { value: served.bootFile, origin: served.origins.bootFile },
    exhaustion: new Cooldown(clock, EXHAUSTION_SECONDS),
  };
}

/** Returns the addresses to give in one network of a configuration. */
export function networkPlan(
  bootpd: BootpdSettings,
  { subnet, ranges, ownAddresses, router }: ServedSubnet,
  reservations: ReadonlyMap<LeaseKey, Ipv4>,
): NetworkPlan {
  const { gateway, offer_time: offerSeconds, decline_time: declineSeconds, client_key: clientKey } = bootpd;
  const routers = [router, gateway].filter((address) => address !== undefined);
  const excluded = new Set([...ownAddresses, subnet.network, subnet.broadcast, ...routers]);
  return { subnet, clientKey, ranges, excluded, reservations, offerSeconds, declineSeconds };
}

function networkFacts(
  { servername }: BootpdSettings,
  { dns, link: own, ...served }: ServedSubnet,
  link: LinkName,
  dnsOfAll: readonly Ipv4[],
): NetworkFacts {
  const { subnet, router, domain, leaseSeconds, leaseBounds, nextServer, options } = served;
  // On an interface with several networks, machines know the server by its address in their own network.
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
    origins: { ...served.origins, server: { kind: "server", interfaceName: link.interfaceName } },
  };
  return { ...facts, encoded: encodeFacts(facts), ofHosts: new WeakMap() };
}
