import type { Clock } from "../common/clock.js";
import type { Terms } from "./negotiate.js";
import { RetryTimer } from "./retry-timer.js";
import { RoundTrip } from "./round-trip.js";

/** The last block number before 16-bit block numbers wrap to 0 (RFC 1350 5). */
const LAST_NUMBER = 0xffff;

/**
 * The wait for a client's acknowledgement: derived from measured round trips (RFC 1123 4.2.3.2), never shorter than the
 * shortest wait of the terms, and doubled after each timeout.
 */
export class Wait {
  readonly #timer: RetryTimer;
  readonly #roundTrip: RoundTrip;
  /** The wait before a round trip was measured, in milliseconds. */
  readonly #full: number;
  readonly #isLockStep: boolean;
  #gap: number;
  #fullWaits = 0;
  #wasInVain = false;
  #isRepeated = false;
  /** The block whose round trip is being measured, and the time it was sent. */
  #measured: number | undefined;
  #measuredAt = 0;

  /** @param onVain called when the wait timed out */
  constructor(clock: Clock, { timeoutSeconds, leastWaitSeconds, windowSize }: Terms, onVain: () => void) {
    this.#full = timeoutSeconds * 1000;
    this.#gap = this.#full;
    this.#isLockStep = windowSize === 1;
    this.#roundTrip = new RoundTrip(leastWaitSeconds * 1000);
    this.#timer = new RetryTimer(clock, () => {
      this.#lengthen();
      onVain();
    });
  }

  /** Number of full-length waits that timed out since the last progress. */
  get fullWaits(): number {
    return this.#fullWaits;
  }

  /** Whether a wait timed out since the last progress. */
  get wasInVain(): boolean {
    return this.#wasInVain;
  }

  /** Starts the wait after new blocks were sent, up to `newest`. */
  begin(now: number, newest: number): void {
    if (this.#measured === undefined && !this.#isRepeated) {
      this.#measured = newest;
      this.#measuredAt = now;
    }
    // iPXE and some builds of GRUB take a duplicate of this block for a later one, and drop duplicates of all others.
    if (this.#isLockStep && (newest & LAST_NUMBER) === LAST_NUMBER) this.#gap = Math.max(this.#gap, this.#full);
    this.#timer.set(now, this.#gap);
  }

  /** Restarts the wait after a retransmission: an acknowledgement may be for either copy, so nothing is measured. */
  repeat(now: number): void {
    this.#measured = undefined;
    this.#isRepeated = true;
    this.#timer.set(now, this.#gap);
  }

  /** Records that the client acknowledged new blocks, up to `acknowledged`. */
  succeed(now: number, acknowledged: number): void {
    this.#fullWaits = 0;
    this.#wasInVain = false;
    this.#isRepeated = false;
    if (this.#measured !== undefined && acknowledged >= this.#measured) {
      this.#roundTrip.measure(now - this.#measuredAt);
      this.#measured = undefined;
    }
    this.#gap = Math.min(this.#full, this.#roundTrip.timeout ?? this.#full);
  }

  stop(): void {
    this.#timer.stop();
  }

  #lengthen(): void {
    this.#wasInVain = true;
    // Shorter waits do not count against the retries: they cover lost packets, not clients that are gone.
    if (this.#gap >= this.#full) this.#fullWaits += 1;
    this.#gap *= 2;
  }
}
