import type { Clock } from "../common/clock.js";

/**
 * A deadline that moves with every packet. Moving it later costs nothing: the system timer stays as set, and rearms for
 * the remaining time when it fires.
 */
export class RetryTimer {
  readonly #clock: Clock;
  readonly #action: () => void;
  #deadline = Infinity;
  /** When the system timer fires; Infinity where none is set. */
  #fires = Infinity;
  #cancel: () => void = () => undefined;

  /** @param action called when the deadline has passed; the timer is stopped by then */
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
    // The awaited packet may have arrived while the process was busy.
    this.#clock.afterInput(() => {
      if (this.#fires === Infinity || this.#rearm()) return;
      this.stop();
      this.#action();
    });
  }

  /**
   * Rearms the timer if the deadline was moved.
   *
   * @returns whether the deadline is still to come
   */
  #rearm(): boolean {
    const left = this.#deadline - this.#clock.now();
    if (left < 1) return false;
    this.#arm(left, this.#deadline);
    return true;
  }
}
