import { toIpv4 } from "../net/ipv4.js";
import type { Libc } from "./libc.js";
import type { Endpoint } from "./udp.js";

/**
 * The most datagrams per system call. With more, the clients that wait for the last of them lose more time than the
 * call saves: client and server work in turn instead of at the same time.
 */
export const BATCH_SIZE = 16;

/** The size of a slot, in octets. The largest payload of an IPv4 datagram is a little smaller. */
export const SLOT_SIZE = 65536;

/** The distance between slots. At a power of two, slots would evict each other from the processor's caches. */
const SLOT_STRIDE = SLOT_SIZE + 2112;

// struct mmsghdr, struct iovec and struct sockaddr_in of Linux on 64-bit little-endian machines.
const HEADER_SIZE = 64;
const NAME = 0;
const NAME_LENGTH = 8;
const VECTOR = 16;
const VECTOR_COUNT = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const MESSAGE_LENGTH = 56;
const VECTOR_SIZE = 16;
const SOCKADDR_SIZE = 16;
const AF_INET = 2;

const WORD = 4;
const WORD_VALUES = 2 ** 32;

/** Memory for one batch of datagrams as `recvmmsg` and `sendmmsg` lay it out. Unused pages cost nothing. */
export class MessageMemory {
  readonly headers = Buffer.from(new ArrayBuffer(BATCH_SIZE * HEADER_SIZE));
  /** The control messages of each slot (cmsg(3)). */
  protected readonly controls: Buffer;
  /** The slots' own memory for payloads; that of a slot begins at {@link payloadOf}. */
  protected readonly payloads = Buffer.from(new ArrayBuffer(BATCH_SIZE * SLOT_STRIDE));
  readonly #headerWords = new Uint32Array(this.headers.buffer);
  readonly #names = Buffer.alloc(BATCH_SIZE * SOCKADDR_SIZE);
  readonly #vectors: Buffer;
  readonly #vectorWords: Uint32Array;
  readonly #mostVectors: number;
  readonly #payloadsAddress: number;

  /**
   * @param mostVectors the most pieces of memory per payload
   * @param controlSize the octets of control messages per slot
   */
  constructor(libc: Libc, mostVectors: number, controlSize: number) {
    this.controls = Buffer.alloc(BATCH_SIZE * controlSize);
    const memory = new ArrayBuffer(BATCH_SIZE * mostVectors * VECTOR_SIZE);
    this.#vectors = Buffer.from(memory);
    this.#vectorWords = new Uint32Array(memory);
    this.#mostVectors = mostVectors;
    this.#payloadsAddress = Number(libc.addressOf(this.payloads));
    const [vectors, names, controls] = [
      libc.addressOf(this.#vectors),
      libc.addressOf(this.#names),
      libc.addressOf(this.controls),
    ];
    for (let slot = 0; slot < BATCH_SIZE; slot++) {
      const header = slot * HEADER_SIZE;
      this.headers.writeBigUInt64LE(names + BigInt(slot * SOCKADDR_SIZE), header + NAME);
      this.headers.writeUInt32LE(SOCKADDR_SIZE, header + NAME_LENGTH);
      this.headers.writeBigUInt64LE(vectors + BigInt(slot * mostVectors * VECTOR_SIZE), header + VECTOR);
      this.headers.writeBigUInt64LE(controls + BigInt(slot * controlSize), header + CONTROL);
      this.#names.writeUInt16LE(AF_INET, slot * SOCKADDR_SIZE);
    }
  }

  /** Returns the source or destination of a slot's datagram. */
  peerOf(slot: number): Endpoint {
    const name = slot * SOCKADDR_SIZE;
    return { address: toIpv4(this.#names.readUInt32BE(name + 4)), port: this.#names.readUInt16BE(name + 2) };
  }

  protected setPeer(slot: number, { address, port }: Endpoint): void {
    const name = slot * SOCKADDR_SIZE;
    this.#names.writeUInt16BE(port, name + 2);
    this.#names.writeUInt32BE(address, name + 4);
  }

  /** Returns where a slot's own memory begins in `payloads`. */
  protected payloadOf(slot: number): number {
    return slot * SLOT_STRIDE;
  }

  /** Points one of a slot's vectors to `length` octets of `payloads`. */
  protected pointToOwn(slot: number, vector: number, start: number, length: number): void {
    this.pointTo(slot, vector, this.#payloadsAddress + start, length);
  }

  /** Points one of a slot's vectors to `length` octets of memory. */
  protected pointTo(slot: number, vector: number, address: number, length: number): void {
    const word = ((slot * this.#mostVectors + vector) * VECTOR_SIZE) / WORD;
    this.#vectorWords[word] = address;
    this.#vectorWords[word + 1] = address / WORD_VALUES;
    this.#vectorWords[word + 2] = length;
  }

  protected setVectorCount(slot: number, count: number): void {
    this.#headerWords[(slot * HEADER_SIZE + VECTOR_COUNT) / WORD] = count;
  }

  protected setControlLength(slot: number, length: number): void {
    this.#headerWords[(slot * HEADER_SIZE + CONTROL_LENGTH) / WORD] = length;
  }

  protected controlLengthOf(slot: number): number {
    return this.#headerWords[(slot * HEADER_SIZE + CONTROL_LENGTH) / WORD] ?? 0;
  }

  /** Returns how many octets the last call transferred for a slot. */
  protected lengthOf(slot: number): number {
    return this.#headerWords[(slot * HEADER_SIZE + MESSAGE_LENGTH) / WORD] ?? 0;
  }

  /** Returns the headers from a slot on. */
  from(slot: number): Buffer {
    return slot === 0 ? this.headers : this.headers.subarray(slot * HEADER_SIZE);
  }
}
