import type { Clock } from "./clock.js";

/** Lets something be said at once, and then again only after a while. */
export class Cooldown {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  #next = -Infinity;

  /** @param seconds from one time to the next */
  constructor(clock: Clock, seconds: number) {
    this.#clock = clock;
    this.#milliseconds = seconds * 1000;
  }

  /** Whether it is time; if so, the next time is a while from now. */
  due(): boolean {
    const now = this.#clock.now();
    if (now < this.#next) return false;
    this.#next = now + this.#milliseconds;
    return true;
  }
}
