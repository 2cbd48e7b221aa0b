import type { Ipv4 } from "../net/ipv4.js";
import type { LeaseKey } from "../machine/lease-key.js";

/** `count` addresses from `start` on. */
export interface AddressRange {
  readonly start: Ipv4;
  readonly count: number;
}

/** Which addresses there are to give. */
export interface AddressPlan {
  /** The pool, which need not be in one piece. */
  readonly ranges: readonly AddressRange[];
  /** Addresses that no machine may get from the pool: our own, the network's, a router's. */
  readonly excluded: ReadonlySet<Ipv4>;
  /** Addresses that belong to one machine whether it asks or not. */
  readonly reservations: ReadonlyMap<LeaseKey, Ipv4>;
  /** For how long an address that was offered waits for its machine to take it. */
  readonly offerSeconds: number;
  /** For how long an address that a machine found in use is left alone. */
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
