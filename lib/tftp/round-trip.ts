/** Weights of a new sample in the averages (RFC 6298 2). */
const GAIN = 1 / 8;
const DEVIATION_GAIN = 1 / 4;

/** Derives a timeout from measured round trips (RFC 6298; RFC 1123 4.2.3.2 requires it of TFTP). */
export class RoundTrip {
  readonly #least: number;
  #mean: number | undefined;
  #deviation = 0;

  /**
   * @param least the shortest timeout, in milliseconds: on a quiet network answers come in microseconds, and a client
   * that is slow now and then has not lost a packet
   */
  constructor(least: number) {
    this.#least = least;
  }

  /**
   * Adds a sample.
   *
   * @param milliseconds from sending a packet to its acknowledgement; only for a packet that was sent once, since the
   * acknowledgement of a resent one may be for either copy
   */
  measure(milliseconds: number): void {
    if (this.#mean === undefined) {
      this.#mean = milliseconds;
      this.#deviation = milliseconds / 2;
      return;
    }
    this.#deviation += DEVIATION_GAIN * (Math.abs(milliseconds - this.#mean) - this.#deviation);
    this.#mean += GAIN * (milliseconds - this.#mean);
  }

  /** The timeout in milliseconds; undefined before the first measurement. */
  get timeout(): number | undefined {
    return this.#mean === undefined ? undefined : Math.max(this.#least, this.#mean + 4 * this.#deviation);
  }
}
