import type { Libc } from "./libc.js";
import { toIpv4 } from "./ipv4.js";
import type { Datagram } from "./udp.js";

/** How many datagrams one system call takes or gives. */
export const BATCH_SIZE = 16;

/** The largest payload of an IPv4 datagram is a little less. */
const SLOT_SIZE = 65536;

// struct mmsghdr, struct iovec and struct sockaddr_in of Linux on 64-bit machines.
const HEADER_SIZE = 64;
const NAME = 0;
const NAME_LENGTH = 8;
const VECTOR = 16;
const VECTOR_COUNT = 24;
const MESSAGE_LENGTH = 56;
const VECTOR_SIZE = 16;
const VECTOR_LENGTH = 8;
const SOCKADDR_SIZE = 16;
const AF_INET = 2;

/**
 * Memory for one batch of datagrams as `recvmmsg` and `sendmmsg` want it. Both calls are done when they return, so that
 * one of these serves every socket. Its pages cost nothing before a datagram of that size comes by.
 */
export class MessageBatch {
  readonly headers = Buffer.alloc(BATCH_SIZE * HEADER_SIZE);
  readonly #vectors = Buffer.alloc(BATCH_SIZE * VECTOR_SIZE);
  readonly #names = Buffer.alloc(BATCH_SIZE * SOCKADDR_SIZE);
  readonly #payloads = Buffer.from(new ArrayBuffer(BATCH_SIZE * SLOT_SIZE));

  constructor(libc: Libc) {
    const [vectors, names, payloads] = [this.#vectors, this.#names, this.#payloads].map((part) => libc.addressOf(part));
    if (vectors === undefined || names === undefined || payloads === undefined)
      throw new Error("memory has no address");
    for (let slot = 0; slot < BATCH_SIZE; slot++) {
      const header = slot * HEADER_SIZE;
      this.headers.writeBigUInt64LE(names + BigInt(slot * SOCKADDR_SIZE), header + NAME);
      this.headers.writeUInt32LE(SOCKADDR_SIZE, header + NAME_LENGTH);
      this.headers.writeBigUInt64LE(vectors + BigInt(slot * VECTOR_SIZE), header + VECTOR);
      this.headers.writeBigUInt64LE(1n, header + VECTOR_COUNT);
      this.#vectors.writeBigUInt64LE(payloads + BigInt(slot * SLOT_SIZE), slot * VECTOR_SIZE);
      this.#vectors.writeUInt32LE(SLOT_SIZE, slot * VECTOR_SIZE + VECTOR_LENGTH);
      this.#names.writeUInt16LE(AF_INET, slot * SOCKADDR_SIZE);
    }
  }

  /** What `recvmmsg` put into a slot. The payload is a view of the slot: it lasts until the next call. */
  received(slot: number): Datagram {
    const length = Math.min(SLOT_SIZE, this.headers.readUInt32LE(slot * HEADER_SIZE + MESSAGE_LENGTH));
    const payload = this.#payloads.subarray(slot * SLOT_SIZE, slot * SLOT_SIZE + length);
    const name = slot * SOCKADDR_SIZE;
    const peer = { address: toIpv4(this.#names.readUInt32BE(name + 4)), port: this.#names.readUInt16BE(name + 2) };
    return { payload, peer };
  }

  /** Puts a datagram into a slot for `sendmmsg`. */
  put(slot: number, { prefix, payload, peer }: Datagram): void {
    const name = slot * SOCKADDR_SIZE;
    const start = slot * SLOT_SIZE;
    this.#names.writeUInt16BE(peer.port, name + 2);
    this.#names.writeUInt32BE(peer.address, name + 4);
    if (prefix !== undefined) this.#payloads.writeUInt32BE(prefix, start);
    const header = prefix === undefined ? 0 : 4;
    this.#payloads.set(payload, start + header);
    this.#vectors.writeUInt32LE(header + payload.length, slot * VECTOR_SIZE + VECTOR_LENGTH);
  }

  /** The headers from a slot on, to go on after some were sent. */
  from(slot: number): Buffer {
    return this.headers.subarray(slot * HEADER_SIZE);
  }
}
