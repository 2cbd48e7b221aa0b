import type { Ipv4 } from "../net/ipv4.js";

/** Declined addresses with the time when they may be offered again, in milliseconds on the clock's scale. */
export class DeclinedAddresses {
  /** In order of declining. */
  readonly #until = new Map<Ipv4, number>();

  has(address: Ipv4): boolean {
    return this.#until.has(address);
  }

  add(address: Ipv4, until: number): void {
    this.#until.set(address, until);
  }

  delete(address: Ipv4): void {
    this.#until.delete(address);
  }

  /** Limits all times to `latest`. */
  shorten(latest: number): void {
    for (const [address, until] of this.#until) if (until > latest) this.#until.set(address, latest);
  }

  /** Removes and returns the address declined first, if its time is over. */
  takeDue(now: number): Ipv4 | undefined {
    const [oldest] = this.#until;
    if (oldest === undefined || oldest[1] > now) return undefined;
    this.#until.delete(oldest[0]);
    return oldest[0];
  }

  [Symbol.iterator](): Iterator<readonly [address: Ipv4, until: number]> {
    return this.#until.entries();
  }
}
