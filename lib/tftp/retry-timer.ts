import type { Clock } from "../common/clock.js";

/**
 * A deadline that moves with every packet. Moving it later costs nothing: the system's timer stays where it is, and
 * sees when it fires how much is left.
 */
export class RetryTimer {
  readonly #clock: Clock;
  readonly #action: () => void;
  #deadline = Infinity;
  /** When the system's timer fires; Infinity where none is set. */
  #fires = Infinity;
  #cancel: () => void = () => undefined;

  /** @param action runs when the deadline has come; the timer is stopped then */
  constructor(clock: Clock, action: () => void) {
    this.#clock = clock;
    this.#action = action;
  }

  /** Sets the deadline. */
  set(now: number, milliseconds: number): void {
    this.#deadline = now + milliseconds;
    if (this.#deadline < this.#fires) this.#arm(milliseconds, this.#deadline);
  }

  stop(): void {
    this.#cancel();
    this.#deadline = Infinity;
    this.#fires = Infinity;
  }

  #arm(milliseconds: number, fires: number): void {
    this.#cancel();
    this.#fires = fires;
    this.#cancel = this.#clock.after(milliseconds, () => {
      this.#fire();
    });
  }

  #fire(): void {
    if (this.#rearm()) return;
    // The packet that is waited for may have come while something else was done.
    this.#clock.afterInput(() => {
      if (this.#fires === Infinity || this.#rearm()) return;
      this.stop();
      this.#action();
    });
  }

  /** @returns whether the deadline was moved and is still to come */
  #rearm(): boolean {
    const left = this.#deadline - this.#clock.now();
    if (left < 1) return false;
    this.#arm(left, this.#deadline);
    return true;
  }
}
