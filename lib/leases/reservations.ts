import type { Ipv4 } from "../net/ipv4.js";
import type { Owner } from "./lease.js";

/** Which addresses are the operator's word for one machine each; one machine may have several names. */
export class Reservations {
  #byOwner: ReadonlyMap<Owner, Ipv4>;
  readonly #byAddress = new Map<Ipv4, Owner>();

  constructor(byOwner: ReadonlyMap<Owner, Ipv4>) {
    this.#byOwner = byOwner;
    this.#list();
  }

  get byOwner(): ReadonlyMap<Owner, Ipv4> {
    return this.#byOwner;
  }

  /** Goes by others. @returns the addresses that were reserved, or are now */
  replace(byOwner: ReadonlyMap<Owner, Ipv4>): ReadonlySet<Ipv4> {
    const touched = new Set([...this.#byAddress.keys(), ...byOwner.values()]);
    this.#byOwner = byOwner;
    this.#byAddress.clear();
    this.#list();
    return touched;
  }

  addressOf(owner: Owner): Ipv4 | undefined {
    return this.#byOwner.get(owner);
  }

  /** The machine that an address is reserved for, by one of its names. */
  ownerOf(address: Ipv4): Owner | undefined {
    return this.#byAddress.get(address);
  }

  isReserved(address: Ipv4): boolean {
    return this.#byAddress.has(address);
  }

  #list(): void {
    for (const [owner, address] of this.#byOwner) this.#byAddress.set(address, owner);
  }
}
