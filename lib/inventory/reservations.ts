import type { LeaseKey } from "../machine/lease-key.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import { describeOrigins, keysOf, type Host } from "./host.js";

/** How many cards of one machine are named in a message. */
const MOST_CARDS = 8;

/** A network that addresses are given in. */
export interface ReservingNetwork {
  readonly subnet: Subnet;
  /** All addresses of this host there. */
  readonly ownAddresses: readonly Ipv4[];
}

/** A machine whose address cannot be its own. */
export interface Misfit {
  /** Where the machine is known from. */
  readonly place: string;
  readonly address: Ipv4;
  readonly reason: string;
}

/** An address that several hardware addresses, or client identifiers, have: those of one machine. */
export interface SharedAddress {
  readonly address: Ipv4;
  /** At least two. */
  readonly hosts: readonly Host[];
}

/** Who has which address in each network, in the order of the networks. */
export interface Reservations {
  readonly byNetwork: readonly ReadonlyMap<LeaseKey, Ipv4>[];
  readonly misfits: readonly Misfit[];
  readonly shared: readonly SharedAddress[];
}

/**
 * Reserves machines their addresses. Several that have one address are one machine with several cards.
 *
 * @param hosts the source that counts most first: of two that know a machine the first counts
 */
export function reserveAddresses(hosts: Iterable<Host>, networks: readonly ReservingNetwork[]): Reservations {
  const byNetwork = networks.map(() => new Map<LeaseKey, Ipv4>());
  const misfits: Misfit[] = [];
  const reserved = new Set<LeaseKey>();
  const holders = new Map<Ipv4, Host>();
  const shared = new Map<Ipv4, Host[]>();
  for (const host of hosts) {
    const { address } = host;
    const keys = keysOf(host).filter((key) => !reserved.has(key));
    if (address === undefined || keys.length === 0) continue;
    const index = networks.findIndex(({ subnet }) => subnet.contains(address));
    const reason = flawOf(address, networks[index], networks);
    if (reason !== undefined) {
      misfits.push({ place: describeOrigins(host), address, reason });
      continue;
    }
    const holder = holders.get(address);
    if (holder === undefined) holders.set(address, host);
    else if (!shared.get(address)?.push(host)) shared.set(address, [holder, host]);
    for (const key of keys) {
      reserved.add(key);
      byNetwork[index]?.set(key, address);
    }
  }
  return { byNetwork, misfits, shared: [...shared].map(([address, sharing]) => ({ address, hosts: sharing })) };
}

function flawOf(
  address: Ipv4,
  network: ReservingNetwork | undefined,
  networks: readonly ReservingNetwork[],
): string | undefined {
  if (network === undefined) return `it is not in ${networks.map(({ subnet }) => subnet.toString()).join(", ")}`;
  const { subnet, ownAddresses } = network;
  if (address === subnet.network || address === subnet.broadcast) {
    return `it is the first or last of ${subnet.toString()}, which no machine can have`;
  }
  return ownAddresses.includes(address) ? "it is this server's own" : undefined;
}

/** `hosts.yaml:3: 10.9.0.5 is reserved for nobody: it is …` */
export function describeMisfit({ place, address, reason }: Misfit): string {
  return `${place}: ${formatIpv4(address)} is reserved for nobody: ${reason}`;
}

/** `10.9.0.5 is the address of one machine with several cards: 52:54:00:00:00:01 (hosts.yaml:3), …` */
export function describeShared({ address, hosts }: SharedAddress): string {
  const cards = hosts.slice(0, MOST_CARDS).map((host) => `${keysOf(host).join(", ")} (${describeOrigins(host)})`);
  const more = hosts.length > MOST_CARDS ? ` and ${hosts.length - MOST_CARDS} more` : "";
  return `${formatIpv4(address)} is the address of one machine with several cards: ${cards.join(", ")}${more}`;
}
