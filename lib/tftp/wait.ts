import type { Clock } from "../common/clock.js";
import type { Terms } from "./negotiate.js";
import { RetryTimer } from "./retry-timer.js";
import { RoundTrip } from "./round-trip.js";

/** The last block number before they begin anew at 0 (their 16 bits are RFC 1350 5's). */
const LAST_NUMBER = 0xffff;

/**
 * The wait for a client's acknowledgement: as the round trips that were measured suggest (RFC 1123 4.2.3.2), but never
 * shorter than the least wait of its terms, and twice as long each time that it was in vain.
 */
export class Wait {
  readonly #timer: RetryTimer;
  readonly #roundTrip: RoundTrip;
  /** The wait where nothing was measured, in milliseconds. */
  readonly #full: number;
  readonly #isLockStep: boolean;
  #gap: number;
  #fullWaits = 0;
  #wasInVain = false;
  #isRepeated = false;
  /** The block whose round trip is being measured, and when it was sent. */
  #measured: number | undefined;
  #measuredAt = 0;

  /** @param onVain runs when it was in vain */
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

  /** How many waits of full length have been in vain since the client moved on. */
  get fullWaits(): number {
    return this.#fullWaits;
  }

  /** Whether a wait has been in vain since the client moved on. */
  get wasInVain(): boolean {
    return this.#wasInVain;
  }

  /** New blocks were sent, up to this one. */
  begin(now: number, newest: number): void {
    if (this.#measured === undefined && !this.#isRepeated) {
      this.#measured = newest;
      this.#measuredAt = now;
    }
    // iPXE and some builds of GRUB take a second copy of this block for a later one, and drop copies of all others.
    if (this.#isLockStep && (newest & LAST_NUMBER) === LAST_NUMBER) this.#gap = Math.max(this.#gap, this.#full);
    this.#timer.set(now, this.#gap);
  }

  /** What had been sent was sent again: nobody knows which of the two an acknowledgement will be for. */
  repeat(now: number): void {
    this.#measured = undefined;
    this.#isRepeated = true;
    this.#timer.set(now, this.#gap);
  }

  /** The client has moved on, and has acknowledged this block. */
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
    // Waits shorter than the full one are on top: they are for what was lost, not for who went away.
    if (this.#gap >= this.#full) this.#fullWaits += 1;
    this.#gap *= 2;
  }
}
