import type { LeaseKey } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { AddressPool } from "./address-pool.js";
import type { Obstacle } from "./binding.js";
import type { Holding } from "./holdings.js";

/**
 * Seconds; a lease that ended longer ago is dated back by this only. The order of such leases does not matter, and the
 * expiry queue is scanned second by second.
 */
const LONGEST_PAST = 30 * 86_400;

/** An entry of an earlier run. */
export interface Entry {
  readonly key: LeaseKey;
  readonly address: Ipv4;
  readonly state: "bound" | "released" | "declined";
  /** The time left, in seconds; negative where it is over. */
  readonly seconds: number;
  /** Seconds until half of the lease is over. */
  readonly halfway: number;
}

/** Adds an entry of an earlier run. @returns whether the machine may still have the address */
export function restoreEntry(pool: AddressPool, { key, address, state, seconds, halfway }: Entry): boolean {
  const { now } = pool;
  const ends = now + Math.max(seconds, -LONGEST_PAST) * 1000;
  if (state !== "declined") return adoptHolding(pool, { key, address, state, ends, halfway: now + halfway * 1000 });
  const isReserved = pool.reservations.isReserved(address);
  if (pool.has(address) && !isReserved && seconds > 0) pool.declined.add(address, ends);
  return pool.has(address) || isReserved;
}

/** Adds the holding of another table or run. @returns whether the machine may keep the address */
export function adoptHolding(pool: AddressPool, holding: Holding): boolean {
  const { holdings, reservations } = pool;
  const { key, address, state, ends } = holding;
  const reservation = reservations.addressOf(key);
  // Another card may hold the shared reserved address: the machine may then have one of the pool.
  const mayBeAny = reservation === undefined || reservations.isShared(reservation);
  const kept = reservation === address || (mayBeAny && pool.isForAll(address));
  // Forget an entry that is not in use and that its machine may not have again.
  if (!kept && (state !== "bound" || ends <= pool.now)) return false;
  // Of two leases of a machine the later one counts.
  const other = holdings.of(key);
  if (holdings.has(address) || (other !== undefined && other.ends >= ends)) return false;
  if (other !== undefined) pool.remove(other);
  holdings.set(holding);
  return kept;
}

/**
 * Adds the entries of another pool. A machine keeps an address that it may have here; an address that it may not have
 * is withheld from others while its lease runs.
 *
 * @param isHere whether an address is in this network
 */
export function adoptAll(pool: AddressPool, other: AddressPool, isHere: (address: Ipv4) => boolean): void {
  for (const holding of other.holdings.all()) if (isHere(holding.address)) adoptHolding(pool, holding);
  const latest = pool.declinedUntil;
  for (const [address, ends] of other.declined) {
    if (pool.isFree(address)) pool.declined.add(address, Math.min(ends, latest));
  }
}

/**
 * Returns the obstacle to a lease given elsewhere; undefined where it may be adopted. A running lease takes precedence
 * over an expired or released one here.
 *
 * @param own the address that the machine has here or that is reserved for it
 * @param running whether the lease given elsewhere runs
 */
export function obstacleTo(
  pool: AddressPool,
  key: LeaseKey,
  own: Ipv4 | undefined,
  address: Ipv4,
  running: boolean,
): Obstacle | undefined {
  const { holdings, reservations, declined } = pool;
  if (!pool.isOurs(address)) return { kind: "not-ours" };
  const reservedFor = reservations.keyOf(address);
  const reservation = reservations.addressOf(key);
  if (reservedFor !== undefined && reservation !== address) return { kind: "reserved", key: reservedFor };
  const inTheWay = (holding: Holding): boolean => !running || (holding.state !== "released" && pool.runs(holding));
  const there = holdings.at(address);
  if (there !== undefined && inTheWay(there)) {
    return there.key === key ? { kind: "known" } : { kind: "held", key: there.key };
  }
  if (declined.has(address)) return { kind: "declined" };
  const former = holdings.of(key);
  const stays = reservation !== undefined || (former !== undefined && inTheWay(former));
  return own !== undefined && own !== address && stays ? { kind: "elsewhere", address: own } : undefined;
}
