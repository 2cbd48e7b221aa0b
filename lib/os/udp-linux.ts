import { constants } from "node:os";
import { createSocket, type Socket } from "node:dgram";
import { systemClock } from "../common/clock.js";
import { systemError } from "../common/error.js";
import { formatIpv4 } from "../net/ipv4.js";
import { IncomingBatch } from "./incoming-batch.js";
import type { Libc } from "./libc.js";
import { BATCH_SIZE } from "./message-memory.js";
import { Addresses, OutgoingBatch } from "./outgoing-batch.js";
import { socketAddress } from "./path-mtu.js";
import { Outbox } from "./outbox.js";
import { TrainLimits } from "./train-limits.js";
import { Share, Turns, type TurnClock } from "./turn.js";
import {
  requireIpv4,
  type Datagram,
  type Endpoint,
  type UdpHandlers,
  type UdpNetwork,
  type UdpRequest,
  type UdpSocket,
} from "./udp.js";

// Numbers of Linux's socket interface, the same on every supported 64-bit architecture (asm-generic/socket.h).
const AF_INET = 2;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_BROADCAST = 6;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const MSG_DONTWAIT = 0x40;

/**
 * Size of the socket buffers, in octets. Packets that wait for an answer to ARP stay charged to their socket: with the
 * default buffer, a few clients that do not exist would stop every transfer of a shared socket.
 */
const BUFFER_SIZE = 16 * 1024 * 1024;

/**
 * How long to poll for the answer to what was just sent before going to sleep, in milliseconds: on a fast network it
 * arrives sooner than the process could sleep and wake up again.
 */
const LOOK_MILLISECONDS = 0.1;
/** After this many polls in vain, the number of wake-ups below goes without polling: the network is not a fast one. */
const MOST_VAIN_LOOKS = 8;
const REST_AFTER_VAIN_LOOKS = 64;

const { ENODEV } = constants.errno;

/**
 * Makes a network over system calls: one call receives all datagrams that wait on a socket, and one call sends the
 * answers. `node:dgram` only wakes the process. All sockets share the time that a turn of the event loop has for them.
 */
export function linuxNetwork(libc: Libc, clock: TurnClock = systemClock): UdpNetwork {
  const turns = new Turns(clock);
  const incoming = new IncomingBatch(libc);
  const addresses = new Addresses(libc);
  const pieces = new OutgoingBatch(libc, addresses);
  const trains = new TrainLimits(clock);
  return {
    async open(request, handlers) {
      const descriptor = openDescriptor(libc, request);
      const socket = createSocket("udp4");
      await bindDescriptor(socket, descriptor);
      return new LinuxSocket(
        {
          libc,
          descriptor,
          socket,
          turns,
          incoming,
          outbox: new Outbox({
            libc,
            descriptor,
            outgoing: new OutgoingBatch(libc, addresses),
            pieces,
            trains,
            onError: (error) => {
              handlers.onError(error);
            },
          }),
          lockStep: request.lockStep === true,
        },
        handlers,
      );
    },
  };
}

interface Parts {
  readonly libc: Libc;
  readonly descriptor: number;
  readonly socket: Socket;
  readonly turns: Turns;
  readonly incoming: IncomingBatch;
  readonly outbox: Outbox;
  readonly lockStep: boolean;
}

class LinuxSocket implements UdpSocket {
  readonly local: Endpoint;
  readonly #parts: Parts;
  readonly #handlers: UdpHandlers;
  /** Whether a flush is due anyway: by the handler that is running, or by a microtask. */
  #flushing = false;
  #closed = false;
  #vainLooks = 0;
  #rest = 0;
  #lastHeard: Endpoint | undefined;
  readonly #share: Share;
  /**
   * Datagrams that came after the share was used up: Node.js takes some 32 one by one before it serves other sockets.
   */
  #late: Datagram[] = [];

  constructor(parts: Parts, handlers: UdpHandlers) {
    const { address, port } = parts.socket.address();
    this.local = { address: requireIpv4(address), port };
    this.#parts = parts;
    this.#handlers = handlers;
    this.#share = new Share(parts.turns);
    parts.socket.on("error", (error) => {
      handlers.onError(error);
    });
    parts.socket.on("message", (payload, sender) => {
      const datagram = { payload, peer: { address: requireIpv4(sender.address), port: sender.port } };
      if (this.#share.left) this.#drain([datagram]);
      else this.#putOff(datagram);
    });
  }

  send(batch: readonly Datagram[]): void {
    if (this.#closed) return;
    this.#parts.outbox.put(batch);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#parts.outbox.flush();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#parts.outbox.flush();
    this.#closed = true;
    this.#parts.outbox.close();
    this.#parts.socket.close();
  }

  /**
   * Handles the first datagrams, all that arrived with them, and those that arrive meanwhile, as long as there is time.
   */
  #drain(first: readonly Datagram[]): void {
    let batch: readonly Datagram[] | undefined = first;
    while (batch !== undefined && !this.#closed) {
      this.#handle(batch);
      batch = this.#share.left ? this.#receive(this.#isAlone(batch)) : undefined;
    }
  }

  /** Passes datagrams to the handler, and sends its answers. */
  #handle(batch: readonly Datagram[]): void {
    this.#flushing = true;
    try {
      this.#handlers.onDatagrams(batch, this);
    } finally {
      this.#flushing = false;
      this.#parts.outbox.flush();
    }
  }

  /** Keeps a datagram that there is no time for until the other sockets have had theirs. */
  #putOff(datagram: Datagram): void {
    this.#late.push(datagram);
    this.#share.postpone(() => {
      const late = this.#late;
      this.#late = [];
      // Node.js has received them already; the time that they take counts for the next turn.
      this.#share.begin();
      if (!this.#closed) this.#handle(late);
    });
  }

  /**
   * Receives what waits on the socket, or arrives while polling is worthwhile.
   *
   * @param alone whether only one client is active: with more of them, polling for one delays the others
   */
  #receive(alone: boolean): readonly Datagram[] | undefined {
    const { libc, descriptor, incoming, turns } = this.#parts;
    let count = libc.recvmmsg(descriptor, incoming.headers, BATCH_SIZE, MSG_DONTWAIT, null);
    if (count <= 0 && alone && this.#isWorthLooking()) {
      const end = turns.now() + LOOK_MILLISECONDS;
      do count = libc.recvmmsg(descriptor, incoming.headers, BATCH_SIZE, MSG_DONTWAIT, null);
      while (count <= 0 && turns.now() < end);
      this.#vainLooks = count > 0 ? 0 : this.#vainLooks + 1;
    }
    return count > 0 ? incoming.received(count) : undefined;
  }

  /** Whether the batch is one datagram, from the same client as the one before, on a lock-step socket. */
  #isAlone([first, second]: readonly Datagram[]): boolean {
    if (!this.#parts.lockStep) return false;
    const former = this.#lastHeard;
    this.#lastHeard = first?.peer;
    return second === undefined && first?.peer.port === former?.port && first?.peer.address === former?.address;
  }

  #isWorthLooking(): boolean {
    if (this.#rest > 0) {
      this.#rest -= 1;
      return false;
    }
    if (this.#vainLooks < MOST_VAIN_LOOKS) return true;
    this.#vainLooks = 0;
    this.#rest = REST_AFTER_VAIN_LOOKS;
    return false;
  }
}

function openDescriptor(libc: Libc, request: UdpRequest): number {
  const { address, port, broadcast = false, interfaceName, receiveBuffer = BUFFER_SIZE } = request;
  const descriptor = libc.socket(AF_INET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
  if (descriptor < 0) throw systemError(libc.errno(), "socket");
  const setNumber = (option: number, value: number): boolean => {
    const memory = Buffer.alloc(4);
    memory.writeInt32LE(value);
    return libc.setsockopt(descriptor, SOL_SOCKET, option, memory, memory.length) === 0;
  };
  if (broadcast) setNumber(SO_REUSEADDR, 1);
  if (broadcast) setNumber(SO_BROADCAST, 1);
  // The first option of each pair exceeds the system-wide limit, and needs a privilege.
  if (!setNumber(SO_SNDBUFFORCE, BUFFER_SIZE)) setNumber(SO_SNDBUF, BUFFER_SIZE);
  if (!setNumber(SO_RCVBUFFORCE, receiveBuffer)) setNumber(SO_RCVBUF, receiveBuffer);
  const name = socketAddress({ address, port });
  if (interfaceName !== undefined) {
    // Older kernels require a privilege for this; without it the socket also hears the other interfaces.
    const device = Buffer.from(`${interfaceName}\0`);
    const bound = libc.setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, device, device.length) === 0;
    if (!bound && libc.errno() === ENODEV) {
      libc.close(descriptor);
      throw systemError(ENODEV, `bind to ${interfaceName}`);
    }
  }
  if (libc.bind(descriptor, name, name.length) === 0) return descriptor;
  const code = libc.errno();
  libc.close(descriptor);
  throw systemError(code, `bind ${formatIpv4(address)}:${port}`);
}

function bindDescriptor(socket: Socket, descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ fd: descriptor }, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}
