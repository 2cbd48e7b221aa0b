import type { ClientFacts } from "../machine/directory.js";
import { counted } from "../common/counted.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Endpoint } from "../os/udp.js";
import { keyOf } from "./channels.js";
import type { Loader } from "./loaders.js";
import type { Transfer } from "./transfer.js";

/** A client that is being served, from its request to the end of the transfer. */
export interface Session {
  /** The request as it came, to know it again. */
  readonly packet: Buffer;
  readonly peer: Endpoint;
  readonly started: number;
  readonly facts: ClientFacts | undefined;
  /** The program that asks, where it is certain which. */
  readonly loader: Loader | undefined;
  /** To be called when it is no more. */
  readonly ended: () => void;
  /** Undefined while the file is being opened. */
  transfer?: Transfer;
}

/** How many sessions there may be. */
export interface Room {
  readonly mostTransfers: number;
  readonly mostPerClient: number;
}

/** There is no room. */
export interface Full {
  readonly reason: string;
  /** The one that may go, since nobody seems to be there; undefined where each has answered or may yet. */
  readonly silent: Session | undefined;
}

/** How long a client has for its first answer where others want its place, in milliseconds: some round trips of a LAN. */
const FIRST_ANSWER = 100;

/** Sessions whose clients were sent something and have not answered, with the time of that; the oldest first. */
class Silent {
  readonly #since = new Map<Session, number>();

  add(session: Session, now: number): void {
    this.#since.set(session, now);
  }

  delete(session: Session): void {
    this.#since.delete(session);
  }

  /** The one that has had its time. Those that have answered since are looked at once. */
  oldest(now: number): Session | undefined {
    for (const [session, since] of this.#since) {
      if (session.transfer?.answered !== true) return now - since < FIRST_ANSWER ? undefined : session;
      this.#since.delete(session);
    }
    return undefined;
  }
}

/** The sessions of one address. */
interface Crowd {
  count: number;
  readonly silent: Silent;
}

/**
 * Who is being served, as many as there may be. Whoever asks in others' names fills every place with clients that do not
 * answer (conformance D6, D8): these give way to who asks next.
 */
export class Sessions {
  readonly #byClient = new Map<number, Session>();
  readonly #silent = new Silent();
  readonly #crowds = new Map<Ipv4, Crowd>();

  get all(): readonly Session[] {
    return [...this.#byClient.values()];
  }

  of(peer: Endpoint): Session | undefined {
    return this.#byClient.get(keyOf(peer));
  }

  /** Whether it has not ended yet. */
  has(session: Session): boolean {
    return this.of(session.peer) === session;
  }

  /** @returns undefined where there is room for one more client of an address */
  fullFor(address: Ipv4, { mostTransfers, mostPerClient }: Room, now: number): Full | undefined {
    const crowd = this.#crowds.get(address);
    if (crowd !== undefined && crowd.count >= mostPerClient) {
      return {
        reason: `its address has ${counted(crowd.count, "transfer")} already`,
        silent: crowd.silent.oldest(now),
      };
    }
    if (this.#byClient.size < mostTransfers) return undefined;
    return {
      reason: `there ${mostTransfers === 1 ? "is" : "are"} ${counted(mostTransfers, "transfer")}`,
      silent: this.#silent.oldest(now),
    };
  }

  add(session: Session): void {
    const { address } = session.peer;
    const crowd = this.#crowds.get(address) ?? { count: 0, silent: new Silent() };
    crowd.count += 1;
    this.#crowds.set(address, crowd);
    this.#byClient.set(keyOf(session.peer), session);
  }

  /** Its client is sent something from now on, and has to answer. */
  begin(session: Session, now: number): void {
    this.#silent.add(session, now);
    this.#crowds.get(session.peer.address)?.silent.add(session, now);
  }

  /** Harmless for one that is gone already. */
  remove(session: Session): void {
    if (!this.has(session)) return;
    const { peer } = session;
    session.ended();
    this.#byClient.delete(keyOf(peer));
    this.#silent.delete(session);
    const crowd = this.#crowds.get(peer.address);
    if (crowd === undefined) return;
    crowd.count -= 1;
    crowd.silent.delete(session);
    if (crowd.count === 0) this.#crowds.delete(peer.address);
  }
}
