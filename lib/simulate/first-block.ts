import { ByteReader, DecodeError } from "../common/byte-reader.js";
import type { Clock } from "../common/clock.js";
import { counted } from "../common/counted.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Datagram, Endpoint, UdpNetwork, UdpSocket } from "../os/udp.js";
import { encodeError, ErrorCode, ONLY_LOOKED, Opcode } from "../tftp/packet.js";

/** The port of TFTP servers (RFC 1350 4). */
const TFTP_PORT = 69;

/** Milliseconds that a server may take for each answer, and number of attempts. */
const PATIENCE = 2000;
const TRIES = 2;

/** The block size that firmware requests on Ethernet. */
const BLOCK_SIZE = 1468;

/** The parameters of a fetch. */
export interface FirstBlockRequest {
  readonly network: UdpNetwork;
  readonly clock: Clock;
  /** Our own address. */
  readonly from: Ipv4;
  readonly server: Ipv4;
  readonly name: string;
}

/**
 * Fetches the first block of a file by TFTP (RFC 1350, 2347 to 2349), and ends the transfer.
 *
 * @returns a description of the outcome
 */
export async function firstBlock(request: FirstBlockRequest): Promise<string> {
  const { network, from } = request;
  let take: (datagram: Datagram, socket: UdpSocket) => void = () => undefined;
  const socket = await network.open(
    { address: from, port: 0 },
    {
      onDatagrams: (batch, own) => {
        for (const datagram of batch) take(datagram, own);
      },
      onError: () => undefined,
    },
  );
  try {
    return await new Promise<string>((resolve) => {
      const reading = new Reading(request, socket, resolve);
      take = (datagram) => {
        reading.take(datagram);
      };
      reading.ask();
    });
  } finally {
    socket.close();
  }
}

class Reading {
  readonly #request: FirstBlockRequest;
  readonly #socket: UdpSocket;
  readonly #finish: (text: string) => void;
  #cancel: () => void = () => undefined;
  #tries = 0;
  /** The size of the file according to the server, in octets. */
  #size: number | undefined;

  constructor(request: FirstBlockRequest, socket: UdpSocket, finish: (text: string) => void) {
    this.#request = request;
    this.#socket = socket;
    this.#finish = finish;
  }

  ask(): void {
    const { server, name, clock } = this.#request;
    this.#tries += 1;
    const fields = [name, "octet", "tsize", "0", "blksize", BLOCK_SIZE.toString()];
    const payload = Buffer.from(`\0${String.fromCharCode(Opcode.readRequest)}${fields.join("\0")}\0`);
    this.#send(payload, { address: server, port: TFTP_PORT });
    this.#cancel = clock.after(PATIENCE, () => {
      if (this.#tries < TRIES) this.ask();
      else this.#finish(`no answer within ${(PATIENCE * TRIES) / 1000} s`);
    });
  }

  /** Handles a packet; ignores a truncated one. */
  take({ payload, peer }: Datagram): void {
    try {
      if (peer.address === this.#request.server) this.#read(new ByteReader(payload), peer);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }

  #read(reader: ByteReader, peer: Endpoint): void {
    switch (reader.uint16("opcode")) {
      case Opcode.optionAcknowledgement: {
        const fields = reader.bytes(reader.remaining, "options").toString("latin1").split("\0");
        const size = fields[fields.findIndex((field) => field.toLowerCase() === "tsize") + 1] ?? "";
        this.#size = /^\d+$/.test(size) ? Number(size) : undefined;
        this.#send(Buffer.from([0, Opcode.acknowledgement, 0, 0]), peer);
        break;
      }
      case Opcode.data: {
        reader.uint16("block");
        const size = this.#size === undefined ? "" : `, of ${counted(this.#size, "octet")}`;
        this.#send(encodeError(ErrorCode.undefined, ONLY_LOOKED), peer);
        this.#end(`it is there${size}; the first block has ${reader.remaining}`);
        break;
      }
      case Opcode.error: {
        const code = reader.uint16("error code");
        const text = reader.bytes(reader.remaining, "text").toString("latin1").replace(/\0.*$/s, "");
        this.#end(`ERROR ${code}: ${text}`);
      }
    }
  }

  #end(text: string): void {
    this.#cancel();
    this.#finish(text);
  }

  #send(payload: Buffer, peer: Endpoint): void {
    this.#socket.send([{ payload, peer }]);
  }
}
