import type { LeaseKey } from "../machine/lease-key.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import { describeOrigins, keysOf, type Host } from "./host.js";

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

/** Who has which address in each network, in the order of the networks. */
export interface Reservations {
  readonly byNetwork: readonly ReadonlyMap<LeaseKey, Ipv4>[];
  readonly misfits: readonly Misfit[];
}

/**
 * Reserves machines their addresses.
 *
 * @param hosts the source that counts most first: of two that know a machine, or want an address, the first counts
 */
export function reserveAddresses(hosts: Iterable<Host>, networks: readonly ReservingNetwork[]): Reservations {
  const byNetwork = networks.map(() => new Map<LeaseKey, Ipv4>());
  const misfits: Misfit[] = [];
  const reserved = new Set<LeaseKey>();
  const holders = new Map<Ipv4, Host>();
  for (const host of hosts) {
    const { address } = host;
    const keys = keysOf(host).filter((key) => !reserved.has(key));
    if (address === undefined || keys.length === 0) continue;
    const index = networks.findIndex(({ subnet }) => subnet.contains(address));
    const reason = flawOf(address, networks[index], networks) ?? takenBy(holders.get(address));
    if (reason !== undefined) {
      misfits.push({ place: describeOrigins(host), address, reason });
      continue;
    }
    holders.set(address, host);
    for (const key of keys) {
      reserved.add(key);
      byNetwork[index]?.set(key, address);
    }
  }
  return { byNetwork, misfits };
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

function takenBy(other: Host | undefined): string | undefined {
  return other && `it is that of the machine at ${describeOrigins(other)}`;
}

/** `hosts.yaml:3: 10.9.0.5 is reserved for nobody: it is …` */
export function describeMisfit({ place, address, reason }: Misfit): string {
  return `${place}: ${formatIpv4(address)} is reserved for nobody: ${reason}`;
}
