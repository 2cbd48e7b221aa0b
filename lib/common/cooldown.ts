import type { Clock } from "./clock.js";

/** A limit that allows an event at once, and then again only after a pause. */
export class Cooldown {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  #next = -Infinity;

  /** @param seconds the pause */
  constructor(clock: Clock, seconds: number) {
    this.#clock = clock;
    this.#milliseconds = seconds * 1000;
  }

  /** Whether the event is allowed now; if so, the pause begins. */
  due(): boolean {
    const now = this.#clock.now();
    if (now < this.#next) return false;
    this.#next = now + this.#milliseconds;
    return true;
  }
}
