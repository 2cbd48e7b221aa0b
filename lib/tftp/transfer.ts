import { describeCause } from "../events/causes/describe.js";
import type { FileCause } from "../events/causes/files.js";
import type { TransferCause } from "../events/causes/transfers.js";
import { FileError, type OpenFile } from "../files/source.js";
import { asError } from "../common/error.js";
import type { Clock } from "../common/clock.js";
import type { Datagram, Endpoint } from "../os/udp.js";
import { BlockReader } from "./block-reader.js";
import type { Terms } from "./negotiate.js";
import {
  dataPrefix,
  encodeError,
  encodeOptionAcknowledgement,
  ErrorCode,
  ONLY_LOOKED,
  type ReadRequest,
  type Response,
} from "./packet.js";
import { Wait } from "./wait.js";

/**
 * The outcome of a transfer. `probed`: the client only wanted the size, as UEFI does, or to know that the file exists.
 */
export type Outcome =
  | { readonly kind: "complete" | "unconfirmed" | "probed" }
  | { readonly kind: "failed"; readonly cause: FileCause | TransferCause };

/** Limits on how long a client may occupy the server. */
export interface Patience {
  /** Retransmissions of a packet without progress, at doubling intervals, before the server gives the client up. */
  readonly retries: number;
  /** Longest duration of a transfer. */
  readonly longestSeconds: number;
  /** Lowest average rate, in octets per second, of a transfer that has lasted for `graceSeconds`. */
  readonly leastRate: number;
  readonly graceSeconds: number;
}

/** The dependencies and terms of a transfer. */
export interface TransferParts {
  readonly request: ReadRequest;
  readonly peer: Endpoint;
  readonly terms: Terms;
  readonly file: OpenFile;
  readonly clock: Clock;
  readonly patience: Patience;
  /** Sends packets to the client, in order. */
  readonly send: (packets: readonly Datagram[]) => void;
  /** Called once, when the transfer has ended. */
  readonly onEnd: (outcome: Outcome, transfer: Transfer) => void;
}

/**
 * Retransmissions before the first acknowledgement: the request may have had a forged source address (conformance D6).
 */
const FIRST_RETRIES = 3;

/** Windows in a row without a timely acknowledgement after which the path MTU may be smaller than our packets. */
const LATE_WINDOWS = 2;

/**
 * The transfer of one file to one client (RFC 1350, with the windows of RFC 7440; without them a window is one block).
 *
 * Block numbers are counted without wrapping; packets carry their low 16 bits. Block 0 is the OACK.
 */
export class Transfer {
  readonly #parts: TransferParts;
  readonly #blocks: BlockReader;
  readonly #wait: Wait;
  readonly #started: number;
  /** The unacknowledged packets, oldest first; the first one carries block `#acknowledged + 1`. */
  #window: Datagram[] = [];
  #acknowledged: number;
  #lastBlock: number | undefined;
  #octets = 0;
  #retransmissions = 0;
  #answered = false;
  /** Number of windows in a row that were resent because no acknowledgement came in time. */
  #lateWindows = 0;
  /** Whether all packets may be fragmented: the path MTU is smaller than they are, and no router reported it. */
  #mayFragment = false;
  /** Whether to ignore repeated acknowledgements: they are not, or no longer, a sign of loss. */
  #deafToOld = false;
  #filling = false;
  #ended = false;

  constructor(parts: TransferParts) {
    this.#parts = parts;
    this.#blocks = new BlockReader(parts.file, parts.request.mode, parts.terms.blockSize);
    this.#acknowledged = parts.terms.accepted.length > 0 ? -1 : 0;
    this.#started = parts.clock.now();
    this.#wait = new Wait(parts.clock, parts.terms, () => {
      this.#timedOut();
    });
  }

  get name(): string {
    return this.#parts.request.name;
  }

  get origin(): string {
    return this.#parts.file.origin;
  }

  /** Octets of the file that were sent at least once. */
  get octets(): number {
    return this.#octets;
  }

  get retransmissions(): number {
    return this.#retransmissions;
  }

  /** Whether the client has acknowledged a packet. */
  get answered(): boolean {
    return this.#answered;
  }

  start(): void {
    if (this.#acknowledged === 0) {
      this.#advance(this.#started);
      return;
    }
    this.#window = [{ payload: encodeOptionAcknowledgement(this.#parts.terms.accepted), peer: this.#parts.peer }];
    this.#transmit(this.#started, 0);
  }

  /** Handles a packet from the client. */
  receive(response: Response): void {
    if (this.#ended) return;
    if (response.kind === "acknowledgement") this.#receiveAcknowledgement(response.block);
    else if (response.kind === "error") this.#receiveError(response.code, response.text);
    else this.abort(ErrorCode.illegalOperation, { code: "unexpected-packet", opcode: response.opcode });
  }

  /** Ends the transfer and sends the client an error with the sentence of the cause. */
  abort(code: number, cause: TransferCause): void {
    if (this.#ended) return;
    this.#parts.send([{ payload: encodeError(code, describeCause(cause)), peer: this.#parts.peer }]);
    this.#end({ kind: "failed", cause });
  }

  /** Ends the transfer without an error packet: the client no longer waits for this file. */
  abandon(cause: TransferCause): void {
    this.#end({ kind: "failed", cause });
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
    // A packet that was resent needlessly may be acknowledged twice: the second one says nothing about the next window.
    this.#deafToOld = this.#wait.wasInVain;
    this.#lateWindows = this.#wait.wasInVain && this.#acknowledged > 0 ? this.#lateWindows + 1 : 0;
    if (this.#lateWindows === LATE_WINDOWS) this.#mayFragment = true;
    const now = this.#parts.clock.now();
    this.#wait.succeed(now, this.#acknowledged);
    if (this.#acknowledged === this.#lastBlock) {
      this.#end({ kind: "complete" });
      return;
    }
    const overdue = this.#overdue(now);
    if (overdue !== undefined) {
      this.abort(ErrorCode.undefined, overdue);
      return;
    }
    // RFC 7440 4: an acknowledgement inside the window means that the blocks after it were lost.
    if (this.#window.length > 0) this.#retransmit(now);
    this.#advance(now);
  }

  /**
   * Handles a repeated acknowledgement of the block before the window. In lock-step it is a duplicate, which must not
   * cause another packet (RFC 1123 4.2.3.1). In a window it says that the first block was lost; the window is resent
   * only once, since some clients repeat it for each later block.
   */
  #receiveOldAcknowledgement(): void {
    if (this.#parts.terms.windowSize === 1 || this.#deafToOld || this.#window.length === 0) return;
    this.#retransmit(this.#parts.clock.now());
  }

  #receiveError(code: number, text: string): void {
    // UEFI requests the size with an option, and ends the transfer once it knows it.
    const askedSize =
      this.#acknowledged < 0 && this.#parts.request.options.some(([name]) => name.toLowerCase() === "tsize");
    const probe = askedSize || (code === ErrorCode.undefined && text === ONLY_LOOKED);
    const cause = { code: "aborted-by-client", errorCode: code, text } as const;
    this.#end(probe ? { kind: "probed" } : { kind: "failed", cause });
  }

  /** Fills the window and sends the new blocks; reads on in the file as needed. */
  #advance(now: number): void {
    if (this.#filling) return;
    try {
      if (!this.#takeWindow(now)) void this.#fill();
    } catch (error) {
      this.#fileFailed(error);
    }
  }

  /** Waits for file contents, and fills the window with them. */
  async #fill(): Promise<void> {
    this.#filling = true;
    try {
      do {
        if (this.#window.length === 0) this.#wait.stop();
        await this.#blocks.fill();
        if (this.#ended) return;
      } while (!this.#takeWindow(this.#parts.clock.now()));
    } catch (error) {
      this.#fileFailed(error);
    } finally {
      this.#filling = false;
    }
  }

  /**
   * Adds the available blocks to the window and sends them.
   *
   * @returns false where the window has room but the next block is not available yet
   */
  #takeWindow(now: number): boolean {
    const { terms, peer } = this.#parts;
    const first = this.#window.length;
    let atHand = true;
    while (this.#window.length < terms.windowSize && this.#lastBlock === undefined) {
      const block = this.#blocks.take();
      if (block === undefined) {
        atHand = false;
        break;
      }
      const { payload, start, end } = block;
      const number = this.#acknowledged + this.#window.length + 1;
      this.#window.push({ prefix: dataPrefix(number), payload, start, end, peer });
      this.#octets += end - start;
      if (end - start < terms.blockSize) this.#lastBlock = number;
    }
    if (this.#window.length > first) this.#transmit(now, first);
    return atHand;
  }

  #fileFailed(error: unknown): void {
    if (this.#ended) return;
    const cause =
      error instanceof FileError ? error.cause : ({ code: "read-failed", error: asError(error).message } as const);
    const payload = encodeError(ErrorCode.undefined, "the file can no longer be read");
    this.#parts.send([{ payload, peer: this.#parts.peer }]);
    this.#end({ kind: "failed", cause });
  }

  /**
   * Resends the window.
   *
   * @param late whether the wait for an acknowledgement of data timed out: the packets may exceed the path MTU
   */
  #retransmit(now: number, late = false): void {
    this.#retransmissions += this.#window.length;
    this.#deafToOld = true;
    this.#send(this.#window, late || this.#mayFragment);
    this.#wait.repeat(now);
  }

  /** Sends the packets of the window from an index on for the first time. */
  #transmit(now: number, from: number): void {
    this.#send(from === 0 ? this.#window : this.#window.slice(from));
    this.#wait.begin(now, this.#acknowledged + this.#window.length);
  }

  #send(packets: readonly Datagram[], mayFragment = this.#mayFragment): void {
    this.#parts.send(mayFragment ? packets.map((packet) => ({ ...packet, mayFragment })) : packets);
  }

  #timedOut(): void {
    // All sent blocks are acknowledged: the transfer waits for the file, not for the client.
    if (this.#window.length === 0) return;
    const { retries } = this.#parts.patience;
    const now = this.#parts.clock.now();
    const overdue = this.#overdue(now);
    if (overdue !== undefined) {
      this.abort(ErrorCode.undefined, overdue);
      return;
    }
    if (this.#wait.fullWaits <= (this.#answered ? retries : Math.min(FIRST_RETRIES, retries)))
      this.#retransmit(now, this.#acknowledged >= 0);
    // Some clients never acknowledge the last block: they have the whole file.
    else if (this.#answered && this.#lastBlock !== undefined) this.#end({ kind: "unconfirmed" });
    else this.abort(ErrorCode.undefined, { code: "no-acknowledgement" });
  }

  /** Returns the cause to end a transfer that is too long or too slow (conformance D7), or undefined. */
  #overdue(now: number): TransferCause | undefined {
    const { longestSeconds, leastRate, graceSeconds } = this.#parts.patience;
    const seconds = (now - this.#started) / 1000;
    if (seconds > longestSeconds) return { code: "too-long", seconds: longestSeconds };
    if (seconds > graceSeconds && this.#octets / seconds < leastRate) return { code: "too-slow", rate: leastRate };
    return undefined;
  }

  #end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wait.stop();
    this.#window = [];
    this.#parts.file.close();
    this.#parts.onEnd(outcome, this);
  }
}
