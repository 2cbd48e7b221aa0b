import { decodeArp, encodeArpProbe } from "./arp.js";
import type { Clock } from "../common/clock.js";
import { systemError } from "../common/error.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Libc } from "./libc.js";
import { makeLinkAddress, openPacketDescriptor, pointLinkAddress } from "./link-address.js";
import type { Mac } from "../net/mac.js";

/** A prober that finds out whether an address is in use on a link. */
export interface AddressProber {
  /** @returns the hardware address of the host that uses the address; undefined where none answers in time */
  whoHas(address: Ipv4): Promise<Mac | undefined>;
  close(): void;
}

/** The calls of the C library that a prober uses. */
export type ArpCalls = Pick<Libc, "socket" | "bind" | "sendto" | "recv" | "close" | "if_nametoindex" | "errno">;

/** The settings of a prober. */
export interface ArpRequest {
  readonly interfaceName: string;
  /** Returns the current hardware address of the interface; undefined where there is no such interface. */
  readonly mac: () => Mac | undefined;
  /** How long to wait for an answer, in seconds. */
  readonly seconds: number;
}

const ETH_P_ARP = 0x0806;
const EVERYBODY = Buffer.alloc(6, 0xff);

/** Milliseconds between two reads while an answer is awaited: Node.js cannot wait for such a socket. */
const LOOK_MILLISECONDS = 20;
/** The most messages per read; the rest is left to the next read. */
const MOST_AT_ONCE = 64;
/** The part of the waiting time after which an unanswered request is repeated once. */
const REPEAT_AFTER = 0.5;

/**
 * Opens a prober that asks by ARP, through a packet socket.
 *
 * @throws the system's error: EPERM without the privilege (CAP_NET_RAW), ENODEV where there is no such interface
 */
export function openArpProber(libc: ArpCalls, request: ArpRequest, clock: Clock): AddressProber {
  const descriptor = openPacketDescriptor(libc, request.interfaceName);
  const everybody = makeLinkAddress(ETH_P_ARP);
  const prober = new ArpProber({ libc, descriptor, everybody, request, clock });
  if (prober.bind()) return prober;
  const error = systemError(libc.errno(), `bind ${request.interfaceName}`);
  prober.close();
  throw error;
}

interface Parts {
  readonly libc: ArpCalls;
  readonly descriptor: number;
  /** The broadcast address of the link. */
  readonly everybody: Buffer;
  readonly request: ArpRequest;
  readonly clock: Clock;
}

class ArpProber implements AddressProber {
  readonly #parts: Parts;
  readonly #waiting = new Map<Ipv4, Question>();
  readonly #buffer = Buffer.alloc(64);
  #cancelLook: (() => void) | undefined;
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Binds to the interface that has the name now. @returns whether that succeeded */
  bind(): boolean {
    const { libc, descriptor, everybody, request } = this.#parts;
    const index = libc.if_nametoindex(request.interfaceName);
    if (index === 0) return false;
    pointLinkAddress(everybody, index, EVERYBODY);
    return libc.bind(descriptor, everybody, everybody.length) >= 0;
  }

  whoHas(address: Ipv4): Promise<Mac | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const known = this.#waiting.get(address);
    if (known !== undefined) return known.answer;
    if (this.#waiting.size === 0) {
      // A recreated interface has another index; the kernel does not move a socket that is bound already.
      if (!this.bind()) return Promise.resolve(undefined);
      // Drops what arrived while no request was pending.
      this.#read();
    }
    const { clock, request } = this.#parts;
    const question = new Question(clock.now(), request.seconds * 1000);
    this.#waiting.set(address, question);
    this.#ask(address);
    this.#cancelLook ??= clock.after(LOOK_MILLISECONDS, () => {
      this.#look();
    });
    return question.answer;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelLook?.();
    for (const question of this.#waiting.values()) question.resolve(undefined);
    this.#waiting.clear();
    this.#parts.libc.close(this.#parts.descriptor);
  }

  /** Sends a request. One that the system refuses is repeated later, or goes unanswered. */
  #ask(address: Ipv4): void {
    const { libc, descriptor, everybody, request } = this.#parts;
    const mac = request.mac();
    if (mac === undefined) return;
    const octets = encodeArpProbe(mac, address);
    libc.sendto(descriptor, octets, octets.length, 0, everybody, everybody.length);
  }

  #look(): void {
    const { clock } = this.#parts;
    this.#cancelLook = undefined;
    this.#read();
    const now = clock.now();
    for (const [address, question] of this.#waiting) {
      if (now >= question.ends) this.#settle(address, undefined);
      else if (question.isToRepeat(now)) this.#ask(address);
    }
    if (this.#waiting.size === 0) return;
    this.#cancelLook = clock.after(LOOK_MILLISECONDS, () => {
      this.#look();
    });
  }

  #read(): void {
    const { libc, descriptor } = this.#parts;
    for (let count = 0; count < MOST_AT_ONCE; count++) {
      const size = libc.recv(descriptor, this.#buffer, this.#buffer.length, 0);
      if (size < 0) return;
      const message = decodeArp(this.#buffer.subarray(0, size));
      if (message !== undefined) this.#settle(message.senderAddress, message.senderMac);
    }
  }

  #settle(address: Ipv4, mac: Mac | undefined): void {
    this.#waiting.get(address)?.resolve(mac);
    this.#waiting.delete(address);
  }
}

/** A pending request for one address. */
class Question {
  readonly answer: Promise<Mac | undefined>;
  readonly ends: number;
  resolve: (mac: Mac | undefined) => void = () => undefined;
  #repeat: number;

  constructor(now: number, milliseconds: number) {
    this.ends = now + milliseconds;
    this.#repeat = now + milliseconds * REPEAT_AFTER;
    this.answer = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Whether to repeat the request now; true only once. */
  isToRepeat(now: number): boolean {
    if (now < this.#repeat) return false;
    this.#repeat = Infinity;
    return true;
  }
}
