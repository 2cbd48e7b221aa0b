import type { Ipv4 } from "../net/ipv4.js";
import type { LeaseKey } from "../machine/lease-key.js";

/** The addresses that the operator reserves for machines; a machine may have several cards, or identifiers. */
export class Reservations {
  #byKey: ReadonlyMap<LeaseKey, Ipv4>;
  readonly #byAddress = new Map<Ipv4, LeaseKey>();
  readonly #shared = new Set<Ipv4>();

  constructor(byKey: ReadonlyMap<LeaseKey, Ipv4>) {
    this.#byKey = byKey;
    this.#list();
  }

  get byKey(): ReadonlyMap<LeaseKey, Ipv4> {
    return this.#byKey;
  }

  /** Replaces the reservations. @returns the addresses reserved before or now */
  replace(byKey: ReadonlyMap<LeaseKey, Ipv4>): ReadonlySet<Ipv4> {
    const touched = new Set([...this.#byAddress.keys(), ...byKey.values()]);
    this.#byKey = byKey;
    this.#byAddress.clear();
    this.#shared.clear();
    this.#list();
    return touched;
  }

  addressOf(key: LeaseKey): Ipv4 | undefined {
    return this.#byKey.get(key);
  }

  /** Returns the first key that an address is reserved for. */
  keyOf(address: Ipv4): LeaseKey | undefined {
    return this.#byAddress.get(address);
  }

  isReserved(address: Ipv4): boolean {
    return this.#byAddress.has(address);
  }

  /** Whether several cards, or identifiers, of one machine share an address. */
  isShared(address: Ipv4): boolean {
    return this.#shared.has(address);
  }

  #list(): void {
    for (const [key, address] of this.#byKey) {
      if (this.#byAddress.has(address)) this.#shared.add(address);
      else this.#byAddress.set(address, key);
    }
  }
}
