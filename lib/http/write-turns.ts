import type { Clock } from "../common/clock.js";

/** Most octets that all connections together may write in one turn of the event loop: half a millisecond of copying. */
const OCTETS_A_TURN = 512 * 1024;

interface Waiting {
  readonly octets: number;
  readonly go: () => void;
}

/**
 * Shares the turns of the event loop among all long responses. A write blocks for the time of the copy, since the
 * kernel accepts megabytes per connection at once: many responses that start together would delay all other work. So
 * one limit applies to all of them together; a writer that exceeds it waits for a later turn, first come, first served.
 */
export class WriteTurns {
  readonly #clock: Pick<Clock, "afterInput">;
  readonly #most: number;
  /** Octets that may still be written in this turn; no writer waits while this is positive. */
  #left: number;
  #turning = false;
  /** In order of arrival. */
  readonly #waiting = new Set<Waiting>();

  constructor(clock: Pick<Clock, "afterInput">, most = OCTETS_A_TURN) {
    this.#clock = clock;
    this.#most = most;
    this.#left = most;
  }

  /**
   * Requests permission for a write.
   *
   * @returns a promise to wait for; undefined where the write may proceed at once
   */
  take(octets: number): Promise<void> | undefined {
    if (this.#left <= 0) return new Promise((go) => this.#waiting.add({ octets, go }));
    this.#spend(octets);
    return undefined;
  }

  #spend(octets: number): void {
    this.#left -= octets;
    if (this.#turning) return;
    this.#turning = true;
    this.#clock.afterInput(() => {
      this.#turn();
    });
  }

  #turn(): void {
    this.#turning = false;
    this.#left = this.#most;
    for (const waiting of this.#waiting) {
      if (this.#left <= 0) break;
      this.#waiting.delete(waiting);
      this.#spend(waiting.octets);
      waiting.go();
    }
  }
}
