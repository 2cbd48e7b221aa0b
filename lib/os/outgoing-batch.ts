import type { Libc } from "./libc.js";
import { BATCH_SIZE, MessageMemory } from "./message-memory.js";
import type { Datagram, Endpoint } from "./udp.js";

/** The most that one message may hold that the kernel cuts into datagrams, with room for the headers of IP and UDP. */
const LARGEST_TRAIN = 65000;
/** UDP_MAX_SEGMENTS of the kernel. */
const MOST_CARS = 64;
/** Of each datagram its prefix and its payload. */
const MOST_VECTORS = 2 * MOST_CARS;

// struct cmsghdr of Linux on 64-bit machines: a header of 16 octets, and a number of 2.
const CONTROL_SIZE = 24;
const CONTROL_USED = 18;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;

/** From this size on memory is pointed to; what is smaller is copied, which is quicker than asking where it is. */
const LEAST_LENT = 4096;

/** Where in memory buffers are, each asked for once. */
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
 * What `sendmmsg` reads from. Blocks of one size to one client, one after another, become one message that the kernel
 * cuts into datagrams (UDP_SEGMENT of udp(7)): the way through the network stack is gone once for all of them. The
 * octets of files are not copied: the kernel reads them where they are.
 */
export class OutgoingBatch extends MessageMemory {
  readonly #addresses: Addresses;
  /** What each slot holds. What it points to may not go before the kernel has read it. */
  readonly #datagrams: Datagram[][] = [];
  #count = 0;
  /** Of the last slot: whom it goes to, how long its datagrams are, what it holds, and how many there are. */
  #peer: Endpoint | undefined;
  #size = 0;
  #length = 0;
  #cars = 0;
  /** Of the last slot: how many of its vectors are used, and how much of its own room. */
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

  /** How many messages it holds. */
  get count(): number {
    return this.#count;
  }

  /** Whether there is no room for a datagram of another client. */
  get full(): boolean {
    return this.#count === BATCH_SIZE;
  }

  /**
   * Puts a datagram in, whose payload may not change before {@link clear}. There has to be room, see {@link full}.
   *
   * @param largestCar how long the datagrams may be that the kernel is asked to cut a message for this client into
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

  /** Whether a message is one that the kernel has to cut. */
  isTrain(slot: number): boolean {
    return this.controlLengthOf(slot) !== 0;
  }

  /** What a slot holds, in order. */
  datagramsOf(slot: number): readonly Datagram[] {
    return this.#datagrams[slot] ?? [];
  }

  /** How long each datagram is, but for the last, that a message is to be cut into. */
  carSizeOf(slot: number): number {
    return this.controls.readUInt16LE(slot * CONTROL_SIZE + 16);
  }

  /** Adds a datagram to the last message, where it has the same way; only the last of a train may be shorter. */
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
