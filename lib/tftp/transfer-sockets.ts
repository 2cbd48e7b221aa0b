import { DecodeError } from "../net/byte-reader.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Datagram, Endpoint, UdpNetwork, UdpSocket } from "../net/udp.js";
import { decodeResponse, encodeError, ErrorCode, type Response } from "./packet.js";

/**
 * How many sockets the transfers of one address share. A transfer is known by both its ports (RFC 1350 4), so that one
 * would do; with several, a client that asks again from the same port gets another of ours, and late packets of its
 * last transfer are not mistaken for the new one's.
 */
const SOCKETS = 8;

/** One client's way through a shared socket. */
export interface Channel {
  readonly send: (packets: readonly Buffer[]) => void;
  readonly close: () => void;
}

type ResponseHandler = (response: Response) => void;

/** The sockets that transfers from one of our addresses share. */
export class TransferSockets {
  readonly #sockets: readonly SharedSocket[];
  #next = 0;

  private constructor(sockets: readonly SharedSocket[]) {
    this.#sockets = sockets;
  }

  static async open(network: UdpNetwork, address: Ipv4, onError: (error: Error) => void): Promise<TransferSockets> {
    const opening = Array.from({ length: SOCKETS }, () => SharedSocket.open(network, address, onError));
    return new TransferSockets(await Promise.all(opening));
  }

  /** A way to a client through the next of the sockets; `onResponse` takes what the client sends there. */
  channel(peer: Endpoint, onResponse: ResponseHandler): Channel {
    const socket = this.#sockets[this.#next];
    this.#next = (this.#next + 1) % this.#sockets.length;
    if (socket === undefined) throw new Error("there are no transfer sockets");
    return socket.channel(peer, onResponse);
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}

class SharedSocket {
  readonly #handlers = new Map<string, ResponseHandler>();
  #socket: UdpSocket | undefined;

  static async open(network: UdpNetwork, address: Ipv4, onError: (error: Error) => void): Promise<SharedSocket> {
    const shared = new SharedSocket();
    const onDatagrams = (batch: readonly Datagram[]): void => {
      for (const datagram of batch) shared.#receive(datagram);
    };
    shared.#socket = await network.open({ address, port: 0 }, { onDatagrams, onError });
    return shared;
  }

  channel(peer: Endpoint, onResponse: ResponseHandler): Channel {
    const key = `${peer.address}:${peer.port}`;
    this.#handlers.set(key, onResponse);
    return {
      send: (packets) => this.#socket?.send(packets.map((payload) => ({ payload, peer }))),
      close: () => {
        // A newer transfer to the same client may have come to this socket meanwhile.
        if (this.#handlers.get(key) === onResponse) this.#handlers.delete(key);
      },
    };
  }

  close(): void {
    this.#socket?.close();
  }

  #receive({ payload, peer }: Datagram): void {
    try {
      const response = decodeResponse(payload);
      const handler = this.#handlers.get(`${peer.address}:${peer.port}`);
      if (handler !== undefined) handler(response);
      // RFC 1350 4: whoever sends here without a transfer is told so; an error is never answered with an error.
      else if (response.kind !== "error") {
        this.#socket?.send([{ payload: encodeError(ErrorCode.unknownTransfer, "unknown transfer"), peer }]);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
}
