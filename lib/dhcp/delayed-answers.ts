import type { Clock } from "../common/clock.js";

/** How many answers may wait for their time; with more, none does. */
const MOST_WAITING = 1024;

/** Sends answers that firmware must not get too soon. */
export class DelayedAnswers {
  readonly #clock: Clock;
  /** What calls them off. */
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `send` after so many seconds; at once for 0, and where too many wait. */
  send(seconds: number, send: () => void): void {
    if (seconds === 0 || this.#waiting.size >= MOST_WAITING) {
      send();
      return;
    }
    const cancel = this.#clock.after(seconds * 1000, () => {
      this.#waiting.delete(cancel);
      send();
    });
    this.#waiting.add(cancel);
  }

  /** What waits is not sent. */
  cancel(): void {
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
  }
}
