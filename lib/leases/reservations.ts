import type { Ipv4 } from "../net/ipv4.js";
import type { LeaseKey } from "../machine/lease-key.js";

/**
 * Differences between two states of the reservations. A key that is in both comes after the others of its address: the
 * end comes first.
 */
export interface ReservationChanges {
  /** The addresses of keys that had none, or another one. */
  readonly set: ReadonlyMap<LeaseKey, Ipv4>;
  /** The keys whose reservation ended. */
  readonly gone: readonly LeaseKey[];
}

/** Returns the differences from one state of the reservations to another. */
export function reservationChanges(
  before: ReadonlyMap<LeaseKey, Ipv4>,
  after: ReadonlyMap<LeaseKey, Ipv4>,
): ReservationChanges {
  const set = new Map<LeaseKey, Ipv4>();
  for (const [key, address] of after) if (before.get(key) !== address) set.set(key, address);
  return { set, gone: [...before.keys()].filter((key) => !after.has(key)) };
}

/** The addresses that the operator reserves for machines; a machine may have several cards, or identifiers. */
export class Reservations {
  readonly #byKey = new Map<LeaseKey, Ipv4>();
  /** The keys of each address, in the order in which they were reserved. */
  readonly #byAddress = new Map<Ipv4, LeaseKey | readonly LeaseKey[]>();

  constructor(byKey: ReadonlyMap<LeaseKey, Ipv4>) {
    for (const [key, address] of byKey) this.#add(key, address);
  }

  get byKey(): ReadonlyMap<LeaseKey, Ipv4> {
    return this.#byKey;
  }

  /**
   * Changes the reservations, in time proportional to the differences.
   *
   * @returns the addresses whose keys are others than before
   */
  change({ set, gone }: ReservationChanges): ReadonlySet<Ipv4> {
    const touched = new Set<Ipv4>();
    for (const key of gone) this.#remove(key, touched);
    for (const [key, address] of set) {
      if (this.#byKey.get(key) === address) continue;
      this.#remove(key, touched);
      this.#add(key, address);
      touched.add(address);
    }
    return touched;
  }

  addressOf(key: LeaseKey): Ipv4 | undefined {
    return this.#byKey.get(key);
  }

  /** Returns the first key that an address is reserved for. */
  keyOf(address: Ipv4): LeaseKey | undefined {
    const keys = this.#byAddress.get(address);
    return typeof keys === "object" ? keys[0] : keys;
  }

  isReserved(address: Ipv4): boolean {
    return this.#byAddress.has(address);
  }

  /** Whether several cards, or identifiers, of one machine share an address. */
  isShared(address: Ipv4): boolean {
    return typeof this.#byAddress.get(address) === "object";
  }

  #add(key: LeaseKey, address: Ipv4): void {
    const others = this.#byAddress.get(address);
    this.#byKey.set(key, address);
    // Nearly every address has one key: lists for all would double the memory.
    if (others === undefined) this.#byAddress.set(address, key);
    else this.#byAddress.set(address, typeof others === "object" ? [...others, key] : [others, key]);
  }

  #remove(key: LeaseKey, touched: Set<Ipv4>): void {
    const address = this.#byKey.get(key);
    if (address === undefined) return;
    this.#byKey.delete(key);
    touched.add(address);
    const keys = this.#byAddress.get(address);
    const others = typeof keys === "object" ? keys.filter((other) => other !== key) : [];
    const [first] = others;
    if (first === undefined) this.#byAddress.delete(address);
    else this.#byAddress.set(address, others.length === 1 ? first : others);
  }
}
