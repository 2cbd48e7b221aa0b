import { decodeArp, encodeArpProbe } from "./arp.js";
import type { Clock } from "../common/clock.js";
import { systemError } from "../common/error.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Libc } from "./libc.js";
import { makeLinkAddress, openPacketDescriptor, pointLinkAddress } from "./link-address.js";
import type { Mac } from "../net/mac.js";

/** Finds out whether an address is in use on a link. */
export interface AddressProber {
  /** @returns who has the address; undefined where nobody says so in time */
  whoHas(address: Ipv4): Promise<Mac | undefined>;
  close(): void;
}

/** The calls that it is made of. */
export type ArpCalls = Pick<Libc, "socket" | "bind" | "sendto" | "recv" | "close" | "if_nametoindex" | "errno">;

/** What to open. */
export interface ArpRequest {
  readonly interfaceName: string;
  /** The hardware address that the interface has now, where there is such an interface. */
  readonly mac: () => Mac | undefined;
  /** How long to wait for who has an address, in seconds. */
  readonly seconds: number;
}

const ETH_P_ARP = 0x0806;
const EVERYBODY = Buffer.alloc(6, 0xff);

/** How often one looks for answers while one waits, in milliseconds: Node.js cannot wait for such a socket. */
const LOOK_MILLISECONDS = 20;
/** How many messages are read at one look; what is left is read at the next one. */
const MOST_AT_ONCE = 64;
/** A question that gets lost is asked once more after this part of the time. */
const REPEAT_AFTER = 0.5;

/**
 * Asks by ARP who has an address, through a packet socket.
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
  /** The address of all stations on the link. */
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

  /** Hears the interface that has the name now. @returns whether there is one */
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
      // An interface that was made anew has another index; the kernel leaves a socket that is bound already as it is.
      if (!this.bind()) return Promise.resolve(undefined);
      // What arrived while nobody asked is old.
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

  /** What the system refuses to send is asked again later, or not at all: then nobody answers. */
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

/** One address that is asked for. */
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

  /** Whether it is time to ask again; once. */
  isToRepeat(now: number): boolean {
    if (now < this.#repeat) return false;
    this.#repeat = Infinity;
    return true;
  }
}
