import type { Ipv4 } from "../net/ipv4.js";

/** Number of address bits that index a page. */
const PAGE_BITS = 8;
const PAGE_SIZE = 1 << PAGE_BITS;

/**
 * A map by address. Pools are dense: pages of consecutive addresses take a fraction of the memory and time of a map
 * with an entry for each. A million leases may be loaded at start.
 */
export class AddressMap<Value> {
  readonly #pages = new Map<number, (Value | undefined)[]>();

  get(address: Ipv4): Value | undefined {
    return this.#pages.get(address >>> PAGE_BITS)?.[address & (PAGE_SIZE - 1)];
  }

  has(address: Ipv4): boolean {
    return this.get(address) !== undefined;
  }

  set(address: Ipv4, value: Value): void {
    this.#pageOf(address)[address & (PAGE_SIZE - 1)] = value;
  }

  delete(address: Ipv4): void {
    const page = this.#pages.get(address >>> PAGE_BITS);
    if (page !== undefined) page[address & (PAGE_SIZE - 1)] = undefined;
  }

  #pageOf(address: Ipv4): (Value | undefined)[] {
    const known = this.#pages.get(address >>> PAGE_BITS);
    if (known !== undefined) return known;
    const page = new Array<Value | undefined>(PAGE_SIZE).fill(undefined);
    this.#pages.set(address >>> PAGE_BITS, page);
    return page;
  }
}
