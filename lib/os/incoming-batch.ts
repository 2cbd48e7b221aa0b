import type { Libc } from "./libc.js";
import { BATCH_SIZE, MessageMemory, SLOT_SIZE } from "./message-memory.js";
import type { Datagram } from "./udp.js";

/** Memory that `recvmmsg` writes to. The call has ended when it returns, so that one batch serves every socket. */
export class IncomingBatch extends MessageMemory {
  /** The last view of each slot, reused for a datagram of the same length: most are, and making views is expensive. */
  readonly #views: Buffer[] = [];

  constructor(libc: Libc) {
    super(libc, 1, 0);
    for (let slot = 0; slot < BATCH_SIZE; slot++) {
      this.pointToOwn(slot, 0, this.payloadOf(slot), SLOT_SIZE);
      this.setVectorCount(slot, 1);
    }
  }

  /**
   * Returns the datagrams in the first `count` slots. Payloads are views of the memory, and last until the next call.
   */
  received(count: number): readonly Datagram[] {
    const batch: Datagram[] = [];
    for (let slot = 0; slot < count; slot++) batch.push({ payload: this.#view(slot), peer: this.peerOf(slot) });
    return batch;
  }

  #view(slot: number): Buffer {
    const length = Math.min(SLOT_SIZE, this.lengthOf(slot));
    const last = this.#views[slot];
    if (last?.length === length) return last;
    const start = this.payloadOf(slot);
    const view = this.payloads.subarray(start, start + length);
    this.#views[slot] = view;
    return view;
  }
}
