import { constants } from "node:os";
import { systemError } from "../common/error.js";
import { formatIpv4 } from "../net/ipv4.js";
import type { Libc } from "./libc.js";
import type { OutgoingBatch } from "./outgoing-batch.js";
import type { TrainLimits } from "./train-limits.js";
import type { Datagram } from "./udp.js";

/** The calls of the C library that sending uses. */
export type SendingCalls = Pick<Libc, "sendmmsg" | "getsockopt" | "setsockopt" | "errno">;

/** The parts of a socket's outbox. */
export interface OutboxParts {
  readonly libc: SendingCalls;
  readonly descriptor: number;
  readonly outgoing: OutgoingBatch;
  /**
   * The batch for datagrams that are sent again one by one. It is always left empty, so that one serves all sockets.
   */
  readonly pieces: OutgoingBatch;
  readonly trains: TrainLimits;
  /** Called with the error where the system refuses a datagram; the datagram is lost. */
  readonly onError: (error: Error) => void;
}

const MSG_DONTWAIT = 0x40;
const IPPROTO_IP = 0;
// Path MTU discovery (ip(7)): whether a packet may be fragmented.
const IP_MTU_DISCOVER = 10;
const IP_PMTUDISC_DONT = 0;
const IP_PMTUDISC_DO = 2;

const { EINTR, EAGAIN, EIO, EINVAL, EMSGSIZE, EOPNOTSUPP } = constants.errno;

/**
 * Errors by which the kernel refuses to cut a message into datagrams: the path does not carry them whole (older kernels
 * report EINVAL), or the network device cannot do it. Any other error is one of sending.
 */
const TOO_LONG: readonly number[] = [EMSGSIZE, EINVAL];
const TRAIN_REFUSALS: readonly number[] = [...TOO_LONG, EIO, EOPNOTSUPP];

/**
 * The sending side of a socket. Packets are first sent with "don't fragment" set, so that routers report narrower
 * paths, which later transfers respect (RFC 1191): boot ROMs do not reassemble fragments. Packets that are known not to
 * fit are sent in fragments rather than not at all.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  /** Whether this host does path MTU discovery; if net.ipv4.ip_no_pmtu_disc is set, routers may fragment all. */
  readonly #discovers: boolean;
  #closed = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    const [value, length] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32LE(value.length);
    const { libc, descriptor } = parts;
    const told = libc.getsockopt(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, value, length) === 0;
    this.#discovers = told && value.readInt32LE() !== IP_PMTUDISC_DONT;
    if (this.#discovers) this.#setDiscovery(IP_PMTUDISC_DO);
  }

  /**
   * Queues datagrams, whose payloads may not change before {@link flush}. Those that may be fragmented leave at once.
   */
  put(batch: readonly Datagram[]): void {
    const { outgoing, trains } = this.#parts;
    const divisible: Datagram[] = [];
    for (const datagram of batch) {
      if (datagram.mayFragment === true) divisible.push(datagram);
      else {
        if (outgoing.full) this.flush();
        outgoing.put(datagram, trains.largestFor(datagram.peer.address));
      }
    }
    if (divisible.length === 0) return;
    this.flush();
    this.#sendApart(divisible);
  }

  /** Sends the queued datagrams. */
  flush(): void {
    this.#give(this.#parts.outgoing);
  }

  /** Stops all sending. */
  close(): void {
    this.#closed = true;
  }

  /** Sends a batch. The system stops at the first message it refuses: that one is reported and skipped. */
  #give(batch: OutgoingBatch): void {
    const { libc, descriptor } = this.#parts;
    const { count } = batch;
    for (let sent = 0; sent < count && !this.#closed;) {
      const result = libc.sendmmsg(descriptor, batch.from(sent), count - sent, MSG_DONTWAIT);
      if (result > 0) sent += result;
      else sent += this.#refused(libc.errno(), batch, sent);
    }
    batch.clear();
  }

  /** Handles the message that the system refused. @returns how many messages to skip */
  #refused(code: number, batch: OutgoingBatch, slot: number): number {
    const { pieces, trains, onError } = this.#parts;
    if (code === EINTR) return 0;
    const { address, port } = batch.peerOf(slot);
    const isTrain = batch.isTrain(slot);
    if (isTrain && TRAIN_REFUSALS.includes(code)) {
      trains.refused(address, TOO_LONG.includes(code) ? batch.carSizeOf(slot) - 1 : 0);
    }
    if (batch !== pieces && (code === EMSGSIZE || (isTrain && TRAIN_REFUSALS.includes(code)))) {
      this.#sendApart(batch.datagramsOf(slot));
      return 1;
    }
    onError(systemError(code, `sendmmsg to ${formatIpv4(address)}:${port}`));
    // The send buffer is full, so the rest would be refused too. Clients that wait for it ask again.
    return code === EAGAIN ? batch.count - slot : 1;
  }

  /** Sends each datagram in a message of its own, in fragments where the path does not carry it whole. */
  #sendApart(datagrams: readonly Datagram[]): void {
    const { pieces } = this.#parts;
    if (this.#discovers) this.#setDiscovery(IP_PMTUDISC_DONT);
    for (const datagram of datagrams) {
      if (pieces.full) this.#give(pieces);
      pieces.put(datagram, 0);
    }
    this.#give(pieces);
    if (this.#discovers) this.#setDiscovery(IP_PMTUDISC_DO);
  }

  #setDiscovery(how: number): void {
    const value = Buffer.alloc(4);
    value.writeInt32LE(how);
    const { libc, descriptor } = this.#parts;
    libc.setsockopt(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, value, value.length);
  }
}
