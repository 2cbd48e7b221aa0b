import type { Clock } from "../common/clock.js";

/** How many octets all connections together may write in one turn of the event loop: half a millisecond of copying. */
const OCTETS_A_TURN = 512 * 1024;

interface Waiting {
  readonly octets: number;
  readonly go: () => void;
}

/**
 * Shares the turns of the event loop among all who write long answers. A write costs the time that it takes to copy,
 * since the system takes megabytes of each connection at once: many who begin together would keep everybody else
 * waiting. So there is a bound for all of them together, and who finds it used up has its turn after those who waited
 * before.
 */
export class WriteTurns {
  readonly #clock: Pick<Clock, "afterInput">;
  readonly #most: number;
  /** What may still be written in this turn; nobody waits as long as there is something. */
  #left: number;
  #turning = false;
  /** Who waited longest first. */
  readonly #waiting = new Set<Waiting>();

  constructor(clock: Pick<Clock, "afterInput">, most = OCTETS_A_TURN) {
    this.#clock = clock;
    this.#most = most;
    this.#left = most;
  }

  /**
   * Asked before each write.
   *
   * @returns what to wait for; undefined where there is no need to
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
