/** Shares of a new sample in the averages (RFC 6298 2). */
const GAIN = 1 / 8;
const DEVIATION_GAIN = 1 / 4;

/** Estimates from measured round trips how long to wait for an answer (RFC 6298; RFC 1123 4.2.3.2 asks TFTP for it). */
export class RoundTrip {
  readonly #least: number;
  #mean: number | undefined;
  #deviation = 0;

  /**
   * @param least no timeout is shorter, in milliseconds: on a quiet network answers come in microseconds, and a client
   * that is slow now and then is not one that lost a packet
   */
  constructor(least: number) {
    this.#least = least;
  }

  /** @param milliseconds from sending a packet once to its acknowledgement; of one sent twice nobody knows which */
  measure(milliseconds: number): void {
    if (this.#mean === undefined) {
      this.#mean = milliseconds;
      this.#deviation = milliseconds / 2;
      return;
    }
    this.#deviation += DEVIATION_GAIN * (Math.abs(milliseconds - this.#mean) - this.#deviation);
    this.#mean += GAIN * (milliseconds - this.#mean);
  }

  /** How long to wait, in milliseconds; undefined before the first measurement. */
  get timeout(): number | undefined {
    return this.#mean === undefined ? undefined : Math.max(this.#least, this.#mean + 4 * this.#deviation);
  }
}
