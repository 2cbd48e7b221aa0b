import { toIpv4, type Ipv4 } from "../net/ipv4.js";
import type { AddressRange } from "./address-plan.js";

/** The addresses of a pool in their order, each once: those before were given, or are to be found elsewhere. */
export class FreshAddresses {
  readonly #ranges: readonly AddressRange[];
  #range = 0;
  #next = 0;

  constructor(ranges: readonly AddressRange[]) {
    this.#ranges = ranges;
  }

  /** The next address that is free; undefined where there is none any more. What is not free is passed over for good. */
  take(isFree: (address: Ipv4) => boolean): Ipv4 | undefined {
    for (let range = this.#ranges[this.#range]; range !== undefined; range = this.#ranges[this.#range]) {
      while (this.#next < range.count) {
        const address = toIpv4(range.start + this.#next++);
        if (isFree(address)) return address;
      }
      this.#range += 1;
      this.#next = 0;
    }
    return undefined;
  }
}
