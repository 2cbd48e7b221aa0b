import type { Ipv4 } from "../net/ipv4.js";

/** The addresses at which machines read files by TFTP or HTTP now, each with its number of transfers. */
export class Readers {
  readonly #counts = new Map<Ipv4, number>();

  begin(address: Ipv4): void {
    this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
  }

  /** Ends one transfer. */
  end(address: Ipv4): void {
    const left = (this.#counts.get(address) ?? 1) - 1;
    if (left > 0) this.#counts.set(address, left);
    else this.#counts.delete(address);
  }

  has(address: Ipv4): boolean {
    return this.#counts.has(address);
  }
}
