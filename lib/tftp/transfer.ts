import type { OpenFile } from "../files/source.js";
import type { Clock } from "../net/clock.js";
import { BlockReader } from "./block-reader.js";
import type { Terms } from "./negotiate.js";
import {
  encodeData,
  encodeError,
  encodeOptionAcknowledgement,
  ErrorCode,
  type ReadRequest,
  type Response,
} from "./packet.js";

/** How a transfer ended. `probed`: the client only wanted to know the size, as UEFI does. */
export type Outcome =
  { readonly kind: "complete" | "unconfirmed" | "probed" } | { readonly kind: "failed"; readonly reason: string };

/** What a transfer is made of. */
export interface TransferParts {
  readonly request: ReadRequest;
  readonly terms: Terms;
  readonly file: OpenFile;
  readonly clock: Clock;
  /** How often a packet is sent again without progress before the client is given up. */
  readonly retries: number;
  /** Sends packets to the client, in order. */
  readonly send: (packets: readonly Buffer[]) => void;
  /** Called once, when all is over. */
  readonly onEnd: (outcome: Outcome, transfer: Transfer) => void;
}

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
  /** The packets that are not acknowledged, oldest first; the first one is block `#acknowledged + 1`. */
  #unacknowledged: Buffer[] = [];
  #acknowledged: number;
  #lastBlock: number | undefined;
  #octets = 0;
  #retransmissions = 0;
  #answered = false;
  #tries = 0;
  /** Whether an acknowledgement that moved nothing has been answered since the last one that did. */
  #resent = false;
  #filling = false;
  #ended = false;
  #cancelTimer: () => void = () => undefined;

  constructor(parts: TransferParts) {
    this.#parts = parts;
    this.#blocks = new BlockReader(parts.file, parts.request.mode, parts.terms.blockSize);
    this.#acknowledged = parts.terms.accepted.length > 0 ? -1 : 0;
  }

  get name(): string {
    return this.#parts.request.name;
  }

  get origin(): string {
    return this.#parts.file.origin;
  }

  /** Octets of the file that the client has acknowledged or been sent. */
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
    const { accepted } = this.#parts.terms;
    if (accepted.length === 0) {
      void this.#advance();
      return;
    }
    this.#unacknowledged = [encodeOptionAcknowledgement(accepted)];
    this.#transmit(this.#unacknowledged);
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
    this.#parts.send([encodeError(code, reason)]);
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
    if (step > this.#unacknowledged.length) return;
    this.#answered = true;
    this.#acknowledged += step;
    this.#unacknowledged.splice(0, step);
    this.#tries = 0;
    this.#resent = false;
    if (this.#acknowledged === this.#lastBlock) {
      this.#end({ kind: "complete" });
      return;
    }
    // RFC 7440 4: an acknowledgement inside the window means that what follows it was lost.
    if (this.#unacknowledged.length > 0) this.#retransmit();
    void this.#advance();
  }

  /**
   * The block before the window was acknowledged again. In lock-step that is a duplicate, which must not cause another
   * packet (RFC 1123 4.2.3.1). In a window it says that the first block was lost; once is enough, since some clients
   * say so for each block that came after it.
   */
  #receiveOldAcknowledgement(): void {
    if (this.#parts.terms.windowSize === 1 || this.#resent || this.#unacknowledged.length === 0) return;
    this.#resent = true;
    this.#retransmit();
  }

  #receiveError(code: number, text: string): void {
    // UEFI asks for the size with an option, and ends the transfer when it has it.
    const probe =
      this.#acknowledged < 0 && this.#parts.request.options.some(([name]) => name.toLowerCase() === "tsize");
    if (probe) this.#end({ kind: "probed" });
    else
      this.#end({
        kind: "failed",
        reason: `the client ended it: error ${code}${text === "" ? "" : ` ${JSON.stringify(text)}`}`,
      });
  }

  /** Sends as much of the window as there is to send, reading on in the file where that is needed. */
  async #advance(): Promise<void> {
    if (this.#filling) return;
    this.#filling = true;
    try {
      while (!this.#takeWindow()) {
        if (this.#unacknowledged.length === 0) this.#cancelTimer();
        await this.#blocks.fill();
        if (this.#ended) return;
      }
    } catch (error) {
      this.#fileFailed(error);
    } finally {
      this.#filling = false;
    }
  }

  /** @returns false where the window has room but the next block is not at hand */
  #takeWindow(): boolean {
    const packets: Buffer[] = [];
    let atHand = true;
    while (
      this.#unacknowledged.length < this.#parts.terms.windowSize &&
      this.#lastBlock === undefined &&
      !this.#ended
    ) {
      const octets = this.#blocks.take();
      if (octets === undefined) {
        atHand = false;
        break;
      }
      const block = this.#acknowledged + this.#unacknowledged.length + 1;
      const packet = encodeData(block, octets);
      packets.push(packet);
      this.#unacknowledged.push(packet);
      this.#octets += octets.length;
      if (octets.length < this.#parts.terms.blockSize) this.#lastBlock = block;
    }
    if (packets.length > 0) this.#transmit(packets);
    return atHand;
  }

  #fileFailed(error: unknown): void {
    if (this.#ended) return;
    this.#parts.send([encodeError(ErrorCode.undefined, "the file can no longer be read")]);
    this.#end({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }

  #retransmit(): void {
    this.#retransmissions += this.#unacknowledged.length;
    this.#transmit(this.#unacknowledged);
  }

  /** Each further try waits twice as long as the one before (RFC 1123 4.2.3.2). */
  #transmit(packets: readonly Buffer[]): void {
    this.#parts.send(packets);
    this.#cancelTimer();
    const wait = this.#parts.terms.timeoutSeconds * 1000 * 2 ** this.#tries;
    this.#cancelTimer = this.#parts.clock.after(wait, () => {
      this.#timedOut();
    });
  }

  #timedOut(): void {
    const { retries } = this.#parts;
    this.#tries += 1;
    if (this.#tries <= (this.#answered ? retries : Math.min(FIRST_RETRIES, retries))) this.#retransmit();
    // Some clients never acknowledge the last block: they have all they want.
    else if (this.#answered && this.#lastBlock !== undefined) this.#end({ kind: "unconfirmed" });
    else this.abort(ErrorCode.undefined, "no acknowledgement came in time");
  }

  #end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelTimer();
    this.#unacknowledged = [];
    this.#parts.file.close();
    this.#parts.onEnd(outcome, this);
  }
}
