import type { OpenFile } from "../files/source.js";
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

/** How a transfer ended. `probed`: the client only wanted to know the size, as UEFI does, or that it is there. */
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
  readonly peer: Endpoint;
  readonly terms: Terms;
  readonly file: OpenFile;
  readonly clock: Clock;
  readonly patience: Patience;
  /** Sends packets to the client, in order. */
  readonly send: (packets: readonly Datagram[]) => void;
  /** Called once, when all is over. */
  readonly onEnd: (outcome: Outcome, transfer: Transfer) => void;
}

/** Before its first acknowledgement a client may be one that never asked, so it gets little (conformance D6). */
const FIRST_RETRIES = 3;

/** After so many windows in a row that nobody acknowledged in time, the way may be narrower than our packets are long. */
const LATE_WINDOWS = 2;

/**
 * One file on its way to one client (RFC 1350, with the windows of RFC 7440; without them a window is one block).
 *
 * Block numbers are counted without wrapping; the wire has their low 16 bits. Block 0 is the OACK.
 */
export class Transfer {
  readonly #parts: TransferParts;
  readonly #blocks: BlockReader;
  readonly #wait: Wait;
  readonly #started: number;
  /** The packets that are not acknowledged, oldest first; the first one is of block `#acknowledged + 1`. */
  #window: Datagram[] = [];
  #acknowledged: number;
  #lastBlock: number | undefined;
  #octets = 0;
  #retransmissions = 0;
  #answered = false;
  /** How many windows in a row had to be sent again since nothing was acknowledged in time. */
  #lateWindows = 0;
  /** Whether all packets may be cut into fragments: the way is narrower than they are long, and nobody told us. */
  #mayFragment = false;
  /** Whether an acknowledgement that moves nothing is no longer, or not yet, a sign of loss. */
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
      this.#advance(this.#started);
      return;
    }
    this.#window = [{ payload: encodeOptionAcknowledgement(this.#parts.terms.accepted), peer: this.#parts.peer }];
    this.#transmit(this.#started, 0);
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
    this.#parts.send([{ payload: encodeError(code, reason), peer: this.#parts.peer }]);
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
    // What was sent again in vain may be acknowledged twice: the second time says nothing of the next window.
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
    // RFC 7440 4: an acknowledgement inside the window means that what follows it was lost.
    if (this.#window.length > 0) this.#retransmit(now);
    this.#advance(now);
  }

  /**
   * The block before the window was acknowledged again. In lock-step that is a duplicate, which must not cause another
   * packet (RFC 1123 4.2.3.1). In a window it says that the first block was lost; once is enough, since some clients
   * say so for each block that came after it.
   */
  #receiveOldAcknowledgement(): void {
    if (this.#parts.terms.windowSize === 1 || this.#deafToOld || this.#window.length === 0) return;
    this.#retransmit(this.#parts.clock.now());
  }

  #receiveError(code: number, text: string): void {
    // UEFI asks for the size with an option, and ends the transfer when it has it.
    const askedSize =
      this.#acknowledged < 0 && this.#parts.request.options.some(([name]) => name.toLowerCase() === "tsize");
    const probe = askedSize || (code === ErrorCode.undefined && text === ONLY_LOOKED);
    const said = text === "" ? "" : ` ${JSON.stringify(text)}`;
    this.#end(probe ? { kind: "probed" } : { kind: "failed", reason: `the client ended it: error ${code}${said}` });
  }

  /** Sends as much of the window as there is to send, reading on in the file where that is needed. */
  #advance(now: number): void {
    if (this.#filling) return;
    try {
      if (!this.#takeWindow(now)) void this.#fill();
    } catch (error) {
      this.#fileFailed(error);
    }
  }

  /** Waits for the file, and goes on with what it gives. */
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

  /** @returns false where the window has room but the next block is not at hand */
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
    const reason = error instanceof Error ? error.message : String(error);
    const payload = encodeError(ErrorCode.undefined, "the file can no longer be read");
    this.#parts.send([{ payload, peer: this.#parts.peer }]);
    this.#end({ kind: "failed", reason });
  }

  /**
   * Sends the window again.
   *
   * @param late whether it was waited for the acknowledgement of blocks in vain: they may be too long for the way
   */
  #retransmit(now: number, late = false): void {
    this.#retransmissions += this.#window.length;
    this.#deafToOld = true;
    this.#send(this.#window, late || this.#mayFragment);
    this.#wait.repeat(now);
  }

  /** Sends the window from an index on for the first time. */
  #transmit(now: number, from: number): void {
    this.#send(from === 0 ? this.#window : this.#window.slice(from));
    this.#wait.begin(now, this.#acknowledged + this.#window.length);
  }

  #send(packets: readonly Datagram[], mayFragment = this.#mayFragment): void {
    this.#parts.send(mayFragment ? packets.map((packet) => ({ ...packet, mayFragment })) : packets);
  }

  #timedOut(): void {
    // All that was sent has arrived: it is the file that is waited for, not the client.
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
    this.#wait.stop();
    this.#window = [];
    this.#parts.file.close();
    this.#parts.onEnd(outcome, this);
  }
}
