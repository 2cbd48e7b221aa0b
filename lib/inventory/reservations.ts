import type { LeaseKey } from "../machine/lease-key.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import { describeOrigins, keysOf, type Host } from "./host.js";

/** Most cards of one machine to name in a message. */
const MOST_CARDS = 8;

/** A network that addresses are given in. */
export interface ReservingNetwork {
  readonly subnet: Subnet;
  /** All addresses of this host in the network. */
  readonly ownAddresses: readonly Ipv4[];
}

/** A reserved address that cannot be given to its host. */
export interface Misfit {
  readonly host: Host;
  readonly address: Ipv4;
  readonly reason: string;
}

/** A reserved address that several keys share: those of one machine with several cards. */
export interface SharedAddress {
  readonly address: Ipv4;
  /** At least two. */
  readonly hosts: readonly Host[];
}

/** The reserved addresses in each network, in the order of the networks. */
export interface Reservations {
  readonly byNetwork: readonly ReadonlyMap<LeaseKey, Ipv4>[];
  readonly misfits: readonly Misfit[];
  readonly shared: readonly SharedAddress[];
}

/**
 * Assigns reserved addresses to networks. Hosts with the same address are one machine with several cards.
 *
 * @param hosts in order of precedence: of two with the same key the first applies
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
      misfits.push({ host, address, reason });
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

/** Describes a misfit: `hosts.yaml:3: 10.9.0.5 is reserved for nobody: it is …`. */
export function describeMisfit({ host, address, reason }: Misfit): string {
  return `${describeOrigins(host)}: ${formatIpv4(address)} is reserved for nobody: ${reason}`;
}

/**
 * Describes a shared address: `10.9.0.5 is the address of one machine with several cards: 52:54:00:00:00:01
 * (hosts.yaml:3), …`.
 */
export function describeShared({ address, hosts }: SharedAddress): string {
  const cards = hosts.slice(0, MOST_CARDS).map((host) => `${keysOf(host).join(", ")} (${describeOrigins(host)})`);
  const more = hosts.length > MOST_CARDS ? ` and ${hosts.length - MOST_CARDS} more` : "";
  return `${formatIpv4(address)} is the address of one machine with several cards: ${cards.join(", ")}${more}`;
}
