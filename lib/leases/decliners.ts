import type { Clock } from "../common/clock.js";
import { remember } from "../common/remember.js";
import type { LeaseKey } from "../machine/lease-key.js";

/** How many addresses a machine may take away from all others, in the time that such an address is left alone. */
const MOST_ADDRESSES = 5;
/** How many machines are remembered. */
const MOST_MACHINES = 1024;

/** Who found addresses in use by others: one that finds too many is broken, or wants the pool to be gone (conformance D4). */
export class Decliners {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #known = new Map<LeaseKey, { readonly count: number; readonly since: number }>();

  /** @param seconds how long an address is left alone */
  constructor(clock: Clock, seconds: number) {
    this.#clock = clock;
    this.#milliseconds = seconds * 1000;
  }

  /** Whether one more is believed. */
  mayDecline(key: LeaseKey): boolean {
    return this.#countOf(key).count < MOST_ADDRESSES;
  }

  note(key: LeaseKey): void {
    const { count, since } = this.#countOf(key);
    remember(this.#known, key, { count: count + 1, since }, MOST_MACHINES);
  }

  #countOf(key: LeaseKey): { readonly count: number; readonly since: number } {
    const now = this.#clock.now();
    const known = this.#known.get(key);
    return known === undefined || now - known.since > this.#milliseconds ? { count: 0, since: now } : known;
  }
}
