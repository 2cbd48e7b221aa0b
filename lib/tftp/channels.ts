import { DecodeError } from "../common/byte-reader.js";
import type { Clock } from "../common/clock.js";
import { remember } from "../common/remember.js";
import { TokenBucket } from "../common/token-bucket.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Datagram, Endpoint, UdpHandlers, UdpNetwork, UdpSocket } from "../os/udp.js";
import { decodeResponse, encodeError, ErrorCode, type Response } from "./packet.js";

/**
 * How many sockets the transfers of one address share. A transfer is known by both its ports (RFC 1350 4), so that one
 * does, and takes and sends most in one go. The other is for a client that asks again from the same port: late packets
 * of its last transfer are not mistaken for the new one's.
 */
const SOCKETS = 2;

/** How many clients are remembered by the socket of their last transfer. */
const MOST_REMEMBERED = 4096;

/** How many packets without a transfer are answered a second. */
const MOST_ERRORS = 100;

/** One client's way through a shared socket. */
export interface Channel {
  readonly send: (packets: readonly Datagram[]) => void;
  readonly close: () => void;
}

/** Takes what a client sends in its transfer. */
export type ResponseHandler = (response: Response) => void;

/** A client by its address and port, as one number: 48 bits. */
export function keyOf({ address, port }: Endpoint): number {
  return address * 65536 + port;
}

/** The transfers that share a socket, told apart by their clients. */
class SharedSocket {
  readonly #handlers = new Map<number, ResponseHandler>();
  readonly #errors: TokenBucket;
  readonly #isKnown: (client: number) => boolean;

  /** @param isKnown whether a client had a transfer not long ago */
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
        // A newer transfer to the same client may have come to this socket meanwhile.
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
      // RFC 1350 4: whoever sends here without a transfer is told so; an error is never answered with an error. A late
      // packet of a client whose transfer is over is no such thing: its next one may be under way between these ports.
      else if (response.kind !== "error" && !this.#isKnown(client) && this.#errors.take()) {
        socket.send([{ payload: encodeError(ErrorCode.unknownTransfer, "unknown transfer"), peer }]);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
}

/** The ways that transfers from one of our addresses go. */
export class Channels {
  readonly #clock: Clock;
  readonly #shared: { readonly socket: UdpSocket; readonly transfers: SharedSocket }[] = [];
  readonly #own: UdpSocket[] = [];
  /** The socket of the last transfer of each client, by the client; the oldest first. */
  readonly #last = new Map<number, number>();

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Transfers leave from ports of their own, as RFC 1350 4 has it. */
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

  /** Transfers leave from the service's own port, for networks that translate addresses (`single_port`). */
  static over(socket: UdpSocket, clock: Clock): Channels {
    const channels = new Channels(clock);
    channels.#shared.push({ socket, transfers: channels.#newShared() });
    return channels;
  }

  /** A way to a client; `onResponse` takes what the client sends there. */
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

  /** Takes a packet that came to the service's own port and opens no transfer. */
  receive(datagram: Datagram): void {
    const [shared] = this.#shared;
    shared?.transfers.receive(datagram, shared.socket);
  }

  close(): void {
    for (const socket of this.#own) socket.close();
  }
}
