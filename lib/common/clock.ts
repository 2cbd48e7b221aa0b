/** The time, where a test has to own it. */
export interface Clock {
  /** Milliseconds of a clock that never jumps, from any beginning. */
  now(): number;
  /** Milliseconds since 1970, as this host believes; it may jump. */
  date(): number;
  /**
   * Runs `action` once after `milliseconds`.
   *
   * @returns what cancels it; harmless when it has run
   */
  after(milliseconds: number, action: () => void): () => void;
  /** Runs `action` once when what has arrived by now has been heard: a deadline may be over only because we were late. */
  afterInput(action: () => void): void;
}

/** What Node.js can wait at most, in milliseconds; longer times are over at once. */
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
