import type { Ipv4 } from "../net/ipv4.js";

/** Addresses that somebody else uses, until they are tried again; on a clock's scale, in milliseconds. */
export class DeclinedAddresses {
  /** In the order in which they were declined. */
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

  /** None of them is left alone for longer than this. */
  shorten(latest: number): void {
    for (const [address, until] of this.#until) if (until > latest) this.#until.set(address, latest);
  }

  /** Takes out the one that was declined first, where its time is over. */
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
