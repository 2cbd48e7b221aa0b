import { DecodeError } from "../common/byte-reader.js";
import type { Clock } from "../common/clock.js";
import { remember } from "../common/remember.js";
import { TokenBucket } from "../common/token-bucket.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Datagram, Endpoint, UdpHandlers, UdpNetwork, UdpSocket } from "../os/udp.js";
import { decodeResponse, encodeError, ErrorCode, type Response } from "./packet.js";

/**
 * Number of sockets that the transfers of one address share. A transfer is identified by both its ports (RFC 1350 4),
 * so one socket is enough, and sends and receives most packets per system call. The second is for a client that sends
 * its next request from the same port: late packets of the last transfer are not mistaken for the new one's.
 */
const SOCKETS = 2;

/** Most clients for which the socket of the last transfer is remembered. */
const MOST_REMEMBERED = 4096;

/** Most error packets sent per second in reply to packets without a transfer. */
const MOST_ERRORS = 100;

/** One client's path through a shared socket. */
export interface Channel {
  readonly send: (packets: readonly Datagram[]) => void;
  readonly close: () => void;
}

/** A function that handles the packets of a client in its transfer. */
export type ResponseHandler = (response: Response) => void;

/** Returns a client's address and port as one number of 48 bits. */
export function keyOf({ address, port }: Endpoint): number {
  return address * 65536 + port;
}

/** The transfers that share a socket, identified by their clients. */
class SharedSocket {
  readonly #handlers = new Map<number, ResponseHandler>();
  readonly #errors: TokenBucket;
  readonly #isKnown: (client: number) => boolean;

  /** @param isKnown whether a client had a transfer recently */
  constructor(clock: Clock, isKnown: (client: number) => boolean) {
    this.#errors = new TokenBucket(clock, MOST_ERRORS);
    this.#isKnown = isKnown;
  }

  open(socket: UdpSocket, peer: Endpoint, onResponse: ResponseHandler): Channel {
    const key = keyOf(peer);
    this.#handlers.set(key, onResponse);
    return {
      send: (packets) => {
        socket.send(packets);
      },
      close: () => {
        // A newer transfer to the same client may use this socket by now.
        if (this.#handlers.get(key) === onResponse) this.#handlers.delete(key);
      },
    };
  }

  receive({ payload, peer }: Datagram, socket: UdpSocket): void {
    try {
      const response = decodeResponse(payload);
      const client = keyOf(peer);
      const handler = this.#handlers.get(client);
      if (handler !== undefined) handler(response);
      // RFC 1350 4: a packet without a transfer is answered with an error, but an error never is. A late packet of a
      // client whose transfer has ended is not answered: its next transfer may use the same two ports.
      else if (response.kind !== "error" && !this.#isKnown(client) && this.#errors.take()) {
        socket.send([{ payload: encodeError(ErrorCode.unknownTransfer, "unknown transfer"), peer }]);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
}

/** The sockets for transfers from one of our addresses. */
export class Channels {
  readonly #clock: Clock;
  readonly #shared: { readonly socket: UdpSocket; readonly transfers: SharedSocket }[] = [];
  readonly #own: UdpSocket[] = [];
  /** Index of the socket of each client's last transfer; oldest first. */
  readonly #last = new Map<number, number>();

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Opens sockets on ephemeral ports for transfers, as RFC 1350 4 requires. */
  static async open(
    network: UdpNetwork,
    address: Ipv4,
    clock: Clock,
    onError: UdpHandlers["onError"],
  ): Promise<Channels> {
    const channels = new Channels(clock);
    for (let count = 0; count < SOCKETS; count++) {
      const transfers = channels.#newShared();
      const onDatagrams: UdpHandlers["onDatagrams"] = (batch, socket) => {
        for (const datagram of batch) transfers.receive(datagram, socket);
      };
      const socket = await network.open({ address, port: 0, lockStep: true }, { onDatagrams, onError });
      channels.#shared.push({ socket, transfers });
      channels.#own.push(socket);
    }
    return channels;
  }

  /** Uses the service's own port for transfers, for networks with address translation (`single_port`). */
  static over(socket: UdpSocket, clock: Clock): Channels {
    const channels = new Channels(clock);
    channels.#shared.push({ socket, transfers: channels.#newShared() });
    return channels;
  }

  /** Opens a channel to a client; `onResponse` handles what the client sends there. */
  open(peer: Endpoint, onResponse: ResponseHandler): Channel {
    const key = keyOf(peer);
    const index = ((this.#last.get(key) ?? -1) + 1) % this.#shared.length;
    const shared = this.#shared[index];
    if (shared === undefined) throw new Error("there are no sockets for transfers");
    remember(this.#last, key, index, MOST_REMEMBERED);
    return shared.transfers.open(shared.socket, peer, onResponse);
  }

  #newShared(): SharedSocket {
    return new SharedSocket(this.#clock, (client) => this.#last.has(client));
  }

  /** Handles a packet that arrived on the service's own port and opens no transfer. */
  receive(datagram: Datagram): void {
    const [shared] = this.#shared;
    shared?.transfers.receive(datagram, shared.socket);
  }

  close(): void {
    for (const socket of this.#own) socket.close();
  }
}
