import type { Ipv4 } from "../net/ipv4.js";
import type { LeaseKey } from "../machine/lease-key.js";

/** `count` addresses from `start` on. */
export interface AddressRange {
  readonly start: Ipv4;
  readonly count: number;
}

/** The addresses to give. */
export interface AddressPlan {
  /** The pool, in one or more ranges. */
  readonly ranges: readonly AddressRange[];
  /** Addresses that no machine may get from the pool: our own, the network's, a router's. */
  readonly excluded: ReadonlySet<Ipv4>;
  /** Addresses that are kept for one machine each. */
  readonly reservations: ReadonlyMap<LeaseKey, Ipv4>;
  /** Seconds for which an offer is held. */
  readonly offerSeconds: number;
  /** Seconds for which a declined address is not offered. */
  readonly declineSeconds: number;
}

/** Whether an address is in the pool. */
export function isInPool({ ranges, excluded }: AddressPlan, address: Ipv4): boolean {
  for (const { start, count } of ranges) {
    if (address >= start && address < start + count) return !excluded.has(address);
  }
  return false;
}

/** Whether two plans have the same pool, range by range. */
export function haveSamePool(one: AddressPlan, other: AddressPlan): boolean {
  return (
    one.ranges.length === other.ranges.length &&
    one.ranges.every(({ start, count }, index) => {
      const range = other.ranges[index];
      return range?.start === start && range.count === count;
    }) &&
    one.excluded.size === other.excluded.size &&
    [...one.excluded].every((address) => other.excluded.has(address))
  );
}
