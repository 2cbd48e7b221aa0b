/** A source of time, which tests replace. */
export interface Clock {
  /** Returns milliseconds of a clock that never jumps, from any origin. */
  now(): number;
  /** Returns milliseconds since 1970 by the clock of this host, which may jump. */
  date(): number;
  /**
   * Runs `action` once after `milliseconds`.
   *
   * @returns a function that cancels it, and does nothing once it has run
   */
  after(milliseconds: number, action: () => void): () => void;
  /** Runs `action` once after the pending input: a deadline may have passed only because this process was late. */
  afterInput(action: () => void): void;
}

/** The longest time of a Node.js timer, in milliseconds; a timer with a longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The monotonic clock of this process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(milliseconds, action) {
    const timer = setTimeout(action, Math.min(milliseconds, LONGEST_TIMER));
    return () => {
      clearTimeout(timer);
    };
  },
  afterInput(action) {
    setImmediate(action);
  },
};
