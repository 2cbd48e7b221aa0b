import type { Clock } from "../common/clock.js";
import { remember } from "../common/remember.js";
import type { LeaseKey } from "../machine/lease-key.js";

/** Maximum number of addresses a machine may decline in the time for which a declined address is not offered. */
const MOST_ADDRESSES = 5;
/** Maximum number of machines remembered. */
const MOST_MACHINES = 1024;

/**
 * Machines that declined addresses: one that declines too many is broken, or tries to exhaust the pool (conformance
 * D4).
 */
export class Decliners {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #known = new Map<LeaseKey, { readonly count: number; readonly since: number }>();

  /** @param seconds how long a declined address is not offered */
  constructor(clock: Clock, seconds: number) {
    this.#clock = clock;
    this.#milliseconds = seconds * 1000;
  }

  /** Whether one more decline is accepted. */
  mayDecline(key: LeaseKey): boolean {
    // Every request asks, and hardly any machine declines.
    return this.#known.size === 0 || this.#countOf(key).count < MOST_ADDRESSES;
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
