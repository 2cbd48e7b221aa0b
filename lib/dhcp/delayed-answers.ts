import type { Clock } from "../common/clock.js";

/** Maximum number of delayed answers; beyond that answers are sent at once. */
const MOST_WAITING = 1024;

/** Delays answers to firmware that must not receive them too early. */
export class DelayedAnswers {
  readonly #clock: Clock;
  /** Functions that cancel the waiting answers. */
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `send` after a delay; at once where the delay is 0 or too many answers wait. */
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

  /** Discards the waiting answers. */
  cancel(): void {
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
  }
}
