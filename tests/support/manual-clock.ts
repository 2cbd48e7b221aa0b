import type { Clock } from "../../lib/common/clock.js";

interface Timer {
  readonly due: number;
  readonly action: () => void;
}

/** A clock that stands still until a test moves it on. */
export class ManualClock implements Clock {
  #now: number;
  #date: number;
  /** The timers in the order in which they were set; those due at the same time fire in that order. */
  readonly #timers = new Set<Timer>();

  /** @param start what the clock shows first, in milliseconds */
  constructor(start = 1_000_000) {
    this.#now = start;
    this.#date = Date.UTC(2026, 0, 1) - start;
  }

  /** The number of pending timers: 0 once everything that was started has ended or was cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  /** Begins at the start of 2026, and moves with {@link now}. */
  date(): number {
    return this.#date + this.#now;
  }

  /** The host's idea of the date jumps. */
  stepDate(milliseconds: number): void {
    this.#date += milliseconds;
  }

  after(milliseconds: number, action: () => void): () => void {
    const timer = { due: this.#now + Math.max(0, milliseconds), action };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Does nothing: no input arrives unless the test makes it. */
  afterInput(action: () => void): void {
    action();
  }

  /** Moves on, and runs what becomes due meanwhile at its time and in order, also what such an action sets. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let timer = this.#nextUntil(end); timer !== undefined; timer = this.#nextUntil(end)) {
      this.#timers.delete(timer);
      this.#now = timer.due;
      timer.action();
    }
    this.#now = end;
  }

  #nextUntil(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer;
    }
    return next;
  }
}
