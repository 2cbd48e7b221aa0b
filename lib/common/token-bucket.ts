import type { Clock } from "./clock.js";

/** Allows something a number of times a second. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #atOnce: number;
  #tokens: number;
  #filled: number;

  /** @param atOnce how often at once, where that was not used up before; as often as in a second unless told */
  constructor(clock: Clock, perSecond: number, atOnce = perSecond) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#atOnce = atOnce;
    this.#tokens = atOnce;
    this.#filled = clock.now();
  }

  /** Whether it is allowed once more now. */
  take(): boolean {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#atOnce, this.#tokens + ((now - this.#filled) / 1000) * this.#perSecond);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
