import type { OpenFile } from "../files/source.js";
import type { Clock } from "../net/clock.js";
import type { Packet } from "../net/udp.js";
import { BlockReader } from "./block-reader.js";
import type { Terms } from "./negotiate.js";
import {
  dataPacket,
  encodeError,
  encodeOptionAcknowledgement,
  ErrorCode,
  type ReadRequest,
  type Response,
} from "./packet.js";
import { RetryTimer } from "./retry-timer.js";
import { RoundTrip } from "./round-trip.js";

/** How a transfer ended. `probed`: the client only wanted to know the size, as UEFI does. */
export type Outcome =
  { readonly kind: "complete" | "unconfirmed" | "probed" } | { readonly kind: "failed"; readonly reason: string };

/** For how long a client may keep us. */
export interface Patience {
  /** How often a packet is sent again without progress, with gaps that double, before the client is given up. */
  readonly retries: number;
  /** The longest that a transfer may take. */
  readonly longestSeconds: number;
  /** The least octets a second, on the whole, of a transfer that has lasted for `graceSeconds`. */
  readonly leastRate: number;
  readonly graceSeconds: number;
}

/** What a transfer is made of. */
export interface TransferParts {
  readonly request: ReadRequest;
  readonly terms: Terms;
  readonly file: OpenFile;
  readonly clock: Clock;
  readonly patience: Patience;
  /** Sends packets to the client, in order. */
  readonly send: (packets: readonly Packet[]) => void;
  /** Called once, when all is over. */
  readonly onEnd: (outcome: Outcome, transfer: Transfer) => void;
}

/**
 * The shortest wait, in milliseconds. In lock-step a packet that is sent again too soon is one packet; with windows it
 * is a whole one of them, while what is lost inside one is told by the client at once.
 */
const LEAST_WAIT = { lockStep: 20, window: 100 };

/** Before its first acknowledgement a client may be one that never asked, so it gets little (conformance D6). */
const FIRST_RETRIES = 3;

/**
 * One file on its way to one client (RFC 1350, with the windows of RFC 7440; without them a window is one block).
 *
 * Block numbers are counted without wrapping; the wire has their low 16 bits. Block 0 is the OACK.
 */
export class Transfer {
  readonly #parts: TransferParts;
  readonly #blocks: BlockReader;
  readonly #roundTrip: RoundTrip;
  readonly #timer: RetryTimer;
  readonly #started: number;
  /** The blocks that are not acknowledged, oldest first; the first one is number `#acknowledged + 1`. */
  #window: Buffer[] = [];
  #acknowledged: number;
  #lastBlock: number | undefined;
  #octets = 0;
  #retransmissions = 0;
  #answered = false;
  /** The wait before what is under way is sent again, in milliseconds, and how many waits of full length have passed. */
  #gap: number;
  #tries = 0;
  /** The block whose round trip is being measured, and when it was sent. */
  #measured: number | undefined;
  #measuredAt = 0;
  /** Whether an acknowledgement that moved nothing has been answered since the last one that did. */
  #resent = false;
  #filling = false;
  #ended = false;

  constructor(parts: TransferParts) {
    this.#parts = parts;
    this.#blocks = new BlockReader(parts.file, parts.request.mode, parts.terms.blockSize);
    this.#acknowledged = parts.terms.accepted.length > 0 ? -1 : 0;
    this.#gap = parts.terms.timeoutSeconds * 1000;
    this.#started = parts.clock.now();
    this.#roundTrip = new RoundTrip(parts.terms.windowSize === 1 ? LEAST_WAIT.lockStep : LEAST_WAIT.window);
    this.#timer = new RetryTimer(parts.clock, () => {
      this.#timedOut();
    });
  }

  get name(): string {
    return this.#parts.request.name;
  }

  get origin(): string {
    return this.#parts.file.origin;
  }

  /** Octets that were sent at least once. */
  get octets(): number {
    return this.#octets;
  }

  get retransmissions(): number {
    return this.#retransmissions;
  }

  /** Whether the client has acknowledged anything yet. */
  get answered(): boolean {
    return this.#answered;
  }

  start(): void {
    if (this.#acknowledged === 0) {
      void this.#advance();
      return;
    }
    this.#window = [encodeOptionAcknowledgement(this.#parts.terms.accepted)];
    this.#transmit(0);
  }

  /** Takes a packet of the client. */
  receive(response: Response): void {
    if (this.#ended) return;
    if (response.kind === "acknowledgement") this.#receiveAcknowledgement(response.block);
    else if (response.kind === "error") this.#receiveError(response.code, response.text);
    else this.abort(ErrorCode.illegalOperation, `the client sent a packet of type ${response.opcode}`);
  }

  /** Ends the transfer, and tells the client. */
  abort(code: number, reason: string): void {
    if (this.#ended) return;
    this.#parts.send([{ payload: encodeError(code, reason) }]);
    this.#end({ kind: "failed", reason });
  }

  /** Ends the transfer without a word to the client, which has gone on to something else. */
  abandon(reason: string): void {
    this.#end({ kind: "failed", reason });
  }

  #receiveAcknowledgement(block: number): void {
    const step = (block - this.#acknowledged) & 0xffff;
    if (step === 0) {
      this.#receiveOldAcknowledgement();
      return;
    }
    if (step > this.#window.length) return;
    this.#answered = true;
    this.#acknowledged += step;
    if (this.#window.length === step) this.#window = [];
    else this.#window.splice(0, step);
    this.#tries = 0;
    this.#resent = false;
    const now = this.#parts.clock.now();
    this.#measure(now);
    if (this.#acknowledged === this.#lastBlock) {
      this.#end({ kind: "complete" });
      return;
    }
    const overdue = this.#overdue(now);
    if (overdue !== undefined) {
      this.abort(ErrorCode.undefined, overdue);
      return;
    }
    // RFC 7440 4: an acknowledgement inside the window means that what follows it was lost.
    if (this.#window.length > 0) {
      this.#retransmit();
      this.#resent = true;
    }
    void this.#advance();
  }

  /**
   * The block before the window was acknowledged again. In lock-step that is a duplicate, which must not cause another
   * packet (RFC 1123 4.2.3.1). In a window it says that the first block was lost; once is enough, since some clients
   * say so for each block that came after it.
   */
  #receiveOldAcknowledgement(): void {
    if (this.#parts.terms.windowSize === 1 || this.#resent || this.#window.length === 0) return;
    this.#resent = true;
    this.#retransmit();
  }

  #receiveError(code: number, text: string): void {
    // UEFI asks for the size with an option, and ends the transfer when it has it.
    const probe =
      this.#acknowledged < 0 && this.#parts.request.options.some(([name]) => name.toLowerCase() === "tsize");
    const said = text === "" ? "" : ` ${JSON.stringify(text)}`;
    this.#end(probe ? { kind: "probed" } : { kind: "failed", reason: `the client ended it: error ${code}${said}` });
  }

  /** Where the client did not set the wait, it follows the round trips. */
  #measure(now: number): void {
    if (this.#measured !== undefined && this.#acknowledged >= this.#measured) {
      this.#roundTrip.measure(now - this.#measuredAt);
      this.#measured = undefined;
    }
    const { timeoutSeconds, timeoutAgreed } = this.#parts.terms;
    const full = timeoutSeconds * 1000;
    this.#gap = timeoutAgreed ? full : Math.min(full, this.#roundTrip.timeout ?? full);
  }

  /** Sends as much of the window as there is to send, reading on in the file where that is needed. */
  async #advance(): Promise<void> {
    if (this.#filling) return;
    try {
      while (!this.#takeWindow()) {
        this.#filling = true;
        if (this.#window.length === 0) this.#timer.stop();
        await this.#blocks.fill();
        this.#filling = false;
        if (this.#ended) return;
      }
    } catch (error) {
      this.#fileFailed(error);
    }
  }

  /** @returns false where the window has room but the next block is not at hand */
  #takeWindow(): boolean {
    const { windowSize, blockSize } = this.#parts.terms;
    const first = this.#window.length;
    let atHand = true;
    while (this.#window.length < windowSize && this.#lastBlock === undefined) {
      const octets = this.#blocks.take();
      if (octets === undefined) {
        atHand = false;
        break;
      }
      this.#window.push(octets);
      this.#octets += octets.length;
      if (octets.length < blockSize) this.#lastBlock = this.#acknowledged + this.#window.length;
    }
    if (this.#window.length > first) this.#transmit(first);
    return atHand;
  }

  #fileFailed(error: unknown): void {
    if (this.#ended) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#parts.send([{ payload: encodeError(ErrorCode.undefined, "the file can no longer be read") }]);
    this.#end({ kind: "failed", reason });
  }

  #retransmit(): void {
    this.#retransmissions += this.#window.length;
    // Of a block that was sent twice nobody knows which of the two an acknowledgement is for.
    this.#measured = undefined;
    this.#transmit(0);
  }

  /** Sends the blocks of the window from an index on. */
  #transmit(from: number): void {
    const packets: Packet[] = [];
    for (let index = from; index < this.#window.length; index++) {
      const octets = this.#window[index];
      const block = this.#acknowledged + 1 + index;
      if (octets !== undefined) packets.push(block === 0 ? { payload: octets } : dataPacket(block, octets));
    }
    this.#parts.send(packets);
    const now = this.#parts.clock.now();
    if (this.#measured === undefined && this.#tries === 0 && !this.#resent) {
      this.#measured = this.#acknowledged + this.#window.length;
      this.#measuredAt = now;
    }
    this.#timer.set(now, this.#gap);
  }

  #timedOut(): void {
    // All that was sent has arrived: it is the file that is waited for, not the client.
    if (this.#window.length === 0) return;
    const { retries } = this.#parts.patience;
    const overdue = this.#overdue(this.#parts.clock.now());
    if (overdue !== undefined) {
      this.abort(ErrorCode.undefined, overdue);
      return;
    }
    // Waits shorter than the full one are on top: they are for what was lost, not for who went away.
    if (this.#gap >= this.#parts.terms.timeoutSeconds * 1000) this.#tries += 1;
    this.#gap *= 2;
    if (this.#tries <= (this.#answered ? retries : Math.min(FIRST_RETRIES, retries))) this.#retransmit();
    // Some clients never acknowledge the last block: they have all they want.
    else if (this.#answered && this.#lastBlock !== undefined) this.#end({ kind: "unconfirmed" });
    else this.abort(ErrorCode.undefined, "no acknowledgement came in time");
  }

  /** Whether the transfer takes longer than anybody who wants the file would let it (conformance D7). */
  #overdue(now: number): string | undefined {
    const { longestSeconds, leastRate, graceSeconds } = this.#parts.patience;
    const seconds = (now - this.#started) / 1000;
    if (seconds > longestSeconds) return `it took longer than ${longestSeconds} s`;
    if (seconds > graceSeconds && this.#octets / seconds < leastRate)
      return `it was slower than ${leastRate} octets a second`;
    return undefined;
  }

  #end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer.stop();
    this.#window = [];
    this.#parts.file.close();
    this.#parts.onEnd(outcome, this);
  }
}
