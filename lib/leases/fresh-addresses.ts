import { toIpv4, type Ipv4 } from "../net/ipv4.js";
import type { AddressRange } from "./address-plan.js";

/** The addresses of a pool in order, each once, and then those given back. */
export class FreshAddresses {
  readonly #ranges: readonly AddressRange[];
  #range = 0;
  #next = 0;
  readonly #returned = new Set<Ipv4>();

  constructor(ranges: readonly AddressRange[]) {
    this.#ranges = ranges;
  }

  /** Returns the next free address; undefined where none is left. Addresses that are not free are skipped for good. */
  take(isFree: (address: Ipv4) => boolean): Ipv4 | undefined {
    for (let range = this.#ranges[this.#range]; range !== undefined; range = this.#ranges[this.#range]) {
      while (this.#next < range.count) {
        const address = toIpv4(range.start + this.#next++);
        if (isFree(address)) return address;
      }
      this.#range += 1;
      this.#next = 0;
    }
    for (const address of this.#returned) {
      this.#returned.delete(address);
      if (isFree(address)) return address;
    }
    return undefined;
  }

  /** Returns an address to the pool. */
  giveBack(address: Ipv4): void {
    this.#returned.add(address);
  }
}
