import type { Libc } from "./libc.js";
import { BATCH_SIZE, MessageMemory } from "./message-memory.js";
import type { Datagram, Endpoint } from "./udp.js";

/** The most octets of one message that the kernel cuts into datagrams, with room for the IP and UDP headers. */
const LARGEST_TRAIN = 65000;
/** UDP_MAX_SEGMENTS of the kernel. */
const MOST_CARS = 64;
/** Two for each datagram: its prefix and its payload. */
const MOST_VECTORS = 2 * MOST_CARS;

// struct cmsghdr of Linux on 64-bit machines: a header of 16 octets, and a number of 2.
const CONTROL_SIZE = 24;
const CONTROL_USED = 18;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;

/**
 * The size from which a payload is referenced in place. Copying a smaller one is faster than looking up its address.
 */
const LEAST_LENT = 4096;

/** Memory addresses of buffers, each looked up once. */
export class Addresses {
  readonly #libc: Libc;
  readonly #known = new WeakMap<Buffer, number>();

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  of(buffer: Buffer): number {
    const known = this.#known.get(buffer);
    if (known !== undefined) return known;
    const address = Number(this.#libc.addressOf(buffer));
    this.#known.set(buffer, address);
    return address;
  }
}

/**
 * Memory that `sendmmsg` reads from. Consecutive blocks of one size to one client become one message, a train, that the
 * kernel cuts into datagrams, its cars (UDP_SEGMENT of udp(7)): they pass the network stack once together. The contents
 * of files are not copied: the kernel reads them in place.
 */
export class OutgoingBatch extends MessageMemory {
  readonly #addresses: Addresses;
  /** The datagrams of each slot, which keeps their buffers alive until the kernel has read them. */
  readonly #datagrams: Datagram[][] = [];
  #count = 0;
  /** State of the last slot: its peer, the size of its datagrams, its length, and the number of its datagrams. */
  #peer: Endpoint | undefined;
  #size = 0;
  #length = 0;
  #cars = 0;
  /** State of the last slot: the vectors in use, and the octets in use of its own memory. */
  #vectors = 0;
  #copied = 0;

  constructor(libc: Libc, addresses: Addresses) {
    super(libc, MOST_VECTORS, CONTROL_SIZE);
    this.#addresses = addresses;
    for (let slot = 0; slot < BATCH_SIZE; slot++) {
      const control = slot * CONTROL_SIZE;
      this.controls.writeBigUInt64LE(BigInt(CONTROL_USED), control);
      this.controls.writeInt32LE(SOL_UDP, control + 8);
      this.controls.writeInt32LE(UDP_SEGMENT, control + 12);
    }
  }

  /** The number of messages in the batch. */
  get count(): number {
    return this.#count;
  }

  /** Whether there is no room for another message. */
  get full(): boolean {
    return this.#count === BATCH_SIZE;
  }

  /**
   * Adds a datagram, whose payload may not change before {@link clear}. There has to be room, see {@link full}.
   *
   * @param largestCar the largest datagrams that the kernel may cut a message for this client into, in octets
   */
  put(datagram: Datagram, largestCar: number): void {
    if (this.#size <= largestCar && this.#join(datagram)) return;
    const slot = this.#count++;
    this.#datagrams[slot] = [];
    this.setPeer(slot, datagram.peer);
    this.setControlLength(slot, 0);
    this.#peer = datagram.peer;
    this.#length = 0;
    this.#cars = 0;
    this.#vectors = 0;
    this.#copied = 0;
    this.#append(datagram);
    this.#size = this.#length;
  }

  clear(): void {
    this.#count = 0;
    this.#peer = undefined;
    this.#datagrams.length = 0;
  }

  /** Whether the kernel has to cut a message. */
  isTrain(slot: number): boolean {
    return this.controlLengthOf(slot) !== 0;
  }

  /** Returns the datagrams of a slot, in order. */
  datagramsOf(slot: number): readonly Datagram[] {
    return this.#datagrams[slot] ?? [];
  }

  /** Returns the size of the datagrams that a message is cut into; the last one may be shorter. */
  carSizeOf(slot: number): number {
    return this.controls.readUInt16LE(slot * CONTROL_SIZE + 16);
  }

  /** Adds a datagram to the last message where it fits and has the same peer; only the last car may be shorter. */
  #join(datagram: Datagram): boolean {
    if (datagram.peer !== this.#peer) return false;
    const size = sizeOf(datagram);
    const fits = size > 0 && size <= this.#size && this.#cars < MOST_CARS && this.#length + size <= LARGEST_TRAIN;
    if (this.#length % this.#size !== 0 || !fits) return false;
    const slot = this.#count - 1;
    this.controls.writeUInt16LE(this.#size, slot * CONTROL_SIZE + 16);
    this.setControlLength(slot, CONTROL_USED);
    this.#append(datagram);
    return true;
  }

  #append(datagram: Datagram): void {
    const { prefix, payload, start = 0, end = payload.length } = datagram;
    const slot = this.#count - 1;
    const isLent = payload.length >= LEAST_LENT;
    const own = this.payloadOf(slot) + this.#copied;
    let at = own;
    if (prefix !== undefined) at = this.payloads.writeUInt32BE(prefix, at);
    if (!isLent) at += payload.copy(this.payloads, at, start, end);
    if (at > own) this.pointToOwn(slot, this.#vectors++, own, at - own);
    this.#copied += at - own;
    this.#length += at - own;
    if (isLent) {
      this.pointTo(slot, this.#vectors++, this.#addresses.of(payload) + start, end - start);
      this.#length += end - start;
    }
    this.#cars += 1;
    this.#datagrams[slot]?.push(datagram);
    this.setVectorCount(slot, this.#vectors);
  }
}

function sizeOf({ prefix, payload, start = 0, end = payload.length }: Datagram): number {
  return end - start + (prefix === undefined ? 0 : 4);
}
