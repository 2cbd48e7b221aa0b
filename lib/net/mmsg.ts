import type { Libc } from "./libc.js";
import { toIpv4 } from "./ipv4.js";
import type { Datagram, Endpoint } from "./udp.js";

/**
 * How many datagrams one system call takes or gives. With more, those who wait for the last of them wait longer than
 * the call saves: client and server work in turn instead of at the same time.
 */
export const BATCH_SIZE = 16;

/** The largest payload of an IPv4 datagram is a little less. */
const SLOT_SIZE = 65536;

/** From one slot to the next: at equal distances of a power of two they would push each other out of the processor's caches. */
const SLOT_STRIDE = SLOT_SIZE + 2112;

/** The most that one message may hold that the kernel cuts into datagrams, with room for the headers of IP and UDP. */
const LARGEST_TRAIN = 65000;
/** UDP_MAX_SEGMENTS of the kernel. */
const MOST_CARS = 64;

// struct mmsghdr, struct iovec, struct sockaddr_in and struct cmsghdr of Linux on 64-bit machines.
const HEADER_SIZE = 64;
const NAME = 0;
const NAME_LENGTH = 8;
const VECTOR = 16;
const VECTOR_COUNT = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const MESSAGE_LENGTH = 56;
const VECTOR_SIZE = 16;
const VECTOR_LENGTH = 8;
const SOCKADDR_SIZE = 16;
const AF_INET = 2;
const CONTROL_SIZE = 24;
/** A cmsghdr of 16 octets, and a number of 2. */
const CONTROL_USED = 18;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;

/** Memory for one batch of datagrams as `recvmmsg` and `sendmmsg` want it. Its pages cost nothing before they are used. */
class MessageMemory {
  readonly headers = Buffer.alloc(BATCH_SIZE * HEADER_SIZE);
  protected readonly vectors = Buffer.alloc(BATCH_SIZE * VECTOR_SIZE);
  protected readonly names = Buffer.alloc(BATCH_SIZE * SOCKADDR_SIZE);
  protected readonly controls = Buffer.alloc(BATCH_SIZE * CONTROL_SIZE);
  protected readonly payloads = Buffer.from(new ArrayBuffer(BATCH_SIZE * SLOT_STRIDE));

  constructor(libc: Libc) {
    const [vectors, names, controls, payloads] = [
      libc.addressOf(this.vectors),
      libc.addressOf(this.names),
      libc.addressOf(this.controls),
      libc.addressOf(this.payloads),
    ];
    for (let slot = 0; slot < BATCH_SIZE; slot++) {
      const header = slot * HEADER_SIZE;
      const control = slot * CONTROL_SIZE;
      this.headers.writeBigUInt64LE(names + BigInt(slot * SOCKADDR_SIZE), header + NAME);
      this.headers.writeUInt32LE(SOCKADDR_SIZE, header + NAME_LENGTH);
      this.headers.writeBigUInt64LE(vectors + BigInt(slot * VECTOR_SIZE), header + VECTOR);
      this.headers.writeBigUInt64LE(1n, header + VECTOR_COUNT);
      this.headers.writeBigUInt64LE(controls + BigInt(control), header + CONTROL);
      this.vectors.writeBigUInt64LE(payloads + BigInt(slot * SLOT_STRIDE), slot * VECTOR_SIZE);
      this.vectors.writeUInt32LE(SLOT_SIZE, slot * VECTOR_SIZE + VECTOR_LENGTH);
      this.names.writeUInt16LE(AF_INET, slot * SOCKADDR_SIZE);
      this.controls.writeBigUInt64LE(BigInt(CONTROL_USED), control);
      this.controls.writeInt32LE(SOL_UDP, control + 8);
      this.controls.writeInt32LE(UDP_SEGMENT, control + 12);
    }
  }

  /** Whom a slot comes from or goes to. */
  peerOf(slot: number): Endpoint {
    const name = slot * SOCKADDR_SIZE;
    return { address: toIpv4(this.names.readUInt32BE(name + 4)), port: this.names.readUInt16BE(name + 2) };
  }
}

/** What `recvmmsg` writes to. The call is done when it returns, so that one of these serves every socket. */
export class IncomingBatch extends MessageMemory {
  /** The last view of each slot: most datagrams are as long as the one before, and views cost more than looking. */
  readonly #views: Buffer[] = [];

  /** What was received into the first `count` slots. Payloads are views of the memory: they last until the next call. */
  received(count: number): readonly Datagram[] {
    const batch: Datagram[] = [];
    for (let slot = 0; slot < count; slot++) batch.push({ payload: this.#view(slot), peer: this.peerOf(slot) });
    return batch;
  }

  #view(slot: number): Buffer {
    const length = Math.min(SLOT_SIZE, this.headers.readUInt32LE(slot * HEADER_SIZE + MESSAGE_LENGTH));
    const last = this.#views[slot];
    if (last?.length === length) return last;
    const view = this.payloads.subarray(slot * SLOT_STRIDE, slot * SLOT_STRIDE + length);
    this.#views[slot] = view;
    return view;
  }
}

/**
 * What `sendmmsg` reads from. Blocks of one size to one client, one after another, become one message that the kernel
 * cuts into datagrams (UDP_SEGMENT of udp(7)): the way through the network stack is gone once for all of them.
 */
export class OutgoingBatch extends MessageMemory {
  #count = 0;
  /** Of the last slot: whom it goes to, how long its datagrams are, what it holds, and how many may join. */
  #peer: Endpoint | undefined;
  #size = 0;
  #length = 0;
  #cars = 0;

  /** How many messages it holds. */
  get count(): number {
    return this.#count;
  }

  /** Whether there is no room for a datagram of another client. */
  get full(): boolean {
    return this.#count === BATCH_SIZE;
  }

  /** Puts a datagram in, copying it. There has to be room, see {@link full}. */
  put(datagram: Datagram, mayJoin: boolean): void {
    if (mayJoin && this.#join(datagram)) return;
    const slot = this.#count++;
    const { peer } = datagram;
    const name = slot * SOCKADDR_SIZE;
    this.names.writeUInt16BE(peer.port, name + 2);
    this.names.writeUInt32BE(peer.address, name + 4);
    this.headers.writeUInt32LE(0, slot * HEADER_SIZE + CONTROL_LENGTH);
    this.#peer = peer;
    this.#length = 0;
    this.#cars = 0;
    this.#append(datagram);
    this.#size = this.#length;
  }

  clear(): void {
    this.#count = 0;
    this.#peer = undefined;
  }

  /** Whether a message is one that the kernel has to cut. */
  isTrain(slot: number): boolean {
    return this.headers.readUInt32LE(slot * HEADER_SIZE + CONTROL_LENGTH) !== 0;
  }

  /** The headers from a slot on, to go on after some were sent. */
  from(slot: number): Buffer {
    return slot === 0 ? this.headers : this.headers.subarray(slot * HEADER_SIZE);
  }

  /** Adds a datagram to the last message, where it has the same way; only the last of a train may be shorter. */
  #join(datagram: Datagram): boolean {
    const size = datagram.payload.length + (datagram.prefix === undefined ? 0 : 4);
    const fits = size > 0 && size <= this.#size && this.#cars < MOST_CARS && this.#length + size <= LARGEST_TRAIN;
    if (datagram.peer !== this.#peer || this.#length % this.#size !== 0 || !fits) return false;
    const slot = this.#count - 1;
    this.controls.writeUInt16LE(this.#size, slot * CONTROL_SIZE + 16);
    this.headers.writeUInt32LE(CONTROL_USED, slot * HEADER_SIZE + CONTROL_LENGTH);
    this.#append(datagram);
    return true;
  }

  #append({ prefix, payload }: Datagram): void {
    const slot = this.#count - 1;
    let at = slot * SLOT_STRIDE + this.#length;
    if (prefix !== undefined) at = this.payloads.writeUInt32BE(prefix, at);
    this.payloads.set(payload, at);
    this.#length = at + payload.length - slot * SLOT_STRIDE;
    this.#cars += 1;
    this.vectors.writeUInt32LE(this.#length, slot * VECTOR_SIZE + VECTOR_LENGTH);
  }
}
