import type { Clock } from "./clock.js";

/** A limit on the rate of events, with bursts. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #atOnce: number;
  #tokens: number;
  #filled: number;

  /** @param atOnce the largest burst; by default as many events as in a second */
  constructor(clock: Clock, perSecond: number, atOnce = perSecond) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#atOnce = atOnce;
    this.#tokens = atOnce;
    this.#filled = clock.now();
  }

  /** Whether one more event is allowed now; if so, counts it. */
  take(): boolean {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#atOnce, this.#tokens + ((now - this.#filled) / 1000) * this.#perSecond);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
