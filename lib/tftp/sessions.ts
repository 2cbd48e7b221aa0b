import type { ClientFacts } from "../machine/directory.js";
import type { TransferCount } from "../events/causes/transfers.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Endpoint } from "../os/udp.js";
import { keyOf } from "./channels.js";
import type { Loader } from "./loaders.js";
import type { Transfer } from "./transfer.js";

/** A request and its transfer, from the request to the end of the transfer. */
export interface Session {
  /** The request as received, to recognise a repetition. */
  readonly packet: Buffer;
  readonly peer: Endpoint;
  readonly started: number;
  readonly facts: ClientFacts | undefined;
  /** The program that sent the request, where it is known for certain. */
  readonly loader: Loader | undefined;
  /** Called when the session is removed. */
  readonly ended: () => void;
  /** Undefined while the file is being opened. */
  transfer?: Transfer;
}

/** Limits on the number of sessions. */
export interface Room {
  readonly mostTransfers: number;
  readonly mostPerClient: number;
}

/** The answer that there is no room for another session. */
export interface Full {
  readonly why: TransferCount;
  /**
   * The session to evict, since its client does not respond; undefined where every client has answered or still has
   * time.
   */
  readonly silent: Session | undefined;
}

/**
 * Milliseconds that a client has for its first answer when another request needs its session: a few round trips of a
 * LAN.
 */
const FIRST_ANSWER = 100;

/** Sessions whose clients have not answered the first packet, with the time it was sent; oldest first. */
class Silent {
  readonly #since = new Map<Session, number>();

  add(session: Session, now: number): void {
    this.#since.set(session, now);
  }

  delete(session: Session): void {
    this.#since.delete(session);
  }

  /**
   * Returns the oldest session that has exceeded its time. Sessions that were answered since are removed on the way.
   */
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
 * The sessions, up to a maximum. Requests with forged source addresses can fill all places with clients that never
 * answer (conformance D6, D8): such sessions give way to new requests.
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

  /** Whether a session is still open. */
  has(session: Session): boolean {
    return this.of(session.peer) === session;
  }

  /**
   * Checks whether there is room for another session.
   *
   * @returns undefined where there is room for one more session of an address
   */
  fullFor(address: Ipv4, { mostTransfers, mostPerClient }: Room, now: number): Full | undefined {
    const crowd = this.#crowds.get(address);
    if (crowd !== undefined && crowd.count >= mostPerClient) {
      return {
        why: { of: "address", count: crowd.count },
        silent: crowd.silent.oldest(now),
      };
    }
    if (this.#byClient.size < mostTransfers) return undefined;
    return {
      why: { of: "all", count: mostTransfers },
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

  /** Records that the first packet was sent: the client has to answer from now on. */
  begin(session: Session, now: number): void {
    this.#silent.add(session, now);
    this.#crowds.get(session.peer.address)?.silent.add(session, now);
  }

  /** Removes a session; has no effect if it is already removed. */
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
