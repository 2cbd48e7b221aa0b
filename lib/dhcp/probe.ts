import { randomBytes } from "node:crypto";
import type { Clock } from "../common/clock.js";
import { asError } from "../common/error.js";
import { LIMITED_BROADCAST, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Datagram, UdpNetwork, UdpSocket } from "../os/udp.js";
import { CLIENT_PORT, SERVER_PORT } from "./destination.js";
import { requireFreePort, type LinkName } from "./link.js";
import {
  addressOption,
  BOOTREPLY,
  BOOTREQUEST,
  BROADCAST_FLAG,
  decodeMessage,
  encodeMessage,
  messageType,
  MessageType,
  type Message,
} from "./message.js";
import { Code } from "../options/registry.js";

/** A datagram may be lost. */
const AGAIN_MILLISECONDS = 2000;
/** dnsmasq pings an address for 3 s before it offers it; also an answer to the second question has to be heard. */
const PATIENCE_MILLISECONDS = 7000;

/** A locally administered address has this bit, and a group's address the other (IEEE 802). */
const LOCAL_BIT = 2;
const GROUP_BIT = 1;

/** What a DHCP server that answers offers beside an address. */
export interface FoundServer {
  /** What it has machines boot, where it says so even to one that does not ask. */
  readonly bootFile: string | undefined;
}

/** Looks for DHCP servers as a client does: asks for an address, and leaves what is offered. */
export class DhcpProbe {
  readonly #network: UdpNetwork;
  readonly #clock: Clock;
  /** Of a machine that nobody has; always the same, so that a server sets one address aside for it and not many. */
  readonly #chaddr = Buffer.alloc(16);

  constructor(network: UdpNetwork, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
    const [first = 0, ...rest] = randomBytes(6);
    this.#chaddr.set([(first & ~GROUP_BIT) | LOCAL_BIT, ...rest]);
  }

  /** Whether a message is one of ours: what is broadcast is heard by the server of this process too. */
  isOwn({ chaddr }: Message): boolean {
    return chaddr.equals(this.#chaddr);
  }

  /**
   * Asks on a link, and waits seven seconds for answers. The clients' port is open meanwhile.
   *
   * @returns the servers that offer an address there, by their own
   * @throws the system's error when the clients' port cannot be opened: a DHCP client of this host has it
   */
  async find({ interfaceName, address }: LinkName): Promise<ReadonlyMap<Ipv4, FoundServer>> {
    const found = new Map<Ipv4, FoundServer>();
    const discover = this.#makeDiscover();
    const sockets: UdpSocket[] = [];
    // Two sockets may share a port; a client of this host must not lose its answers to ours.
    await requireFreePort(this.#network, UNSPECIFIED, CLIENT_PORT, interfaceName);
    try {
      await new Promise<void>((resolve, reject) => {
        const onDatagrams = (batch: readonly Datagram[]): void => {
          for (const { payload } of batch) {
            const offer = offerIn(payload, discover.xid);
            if (offer !== undefined) found.set(offer.server, { bootFile: offer.bootFile });
          }
        };
        const fail = (error: unknown): void => {
          cancel();
          cancelAgain();
          reject(asError(error));
        };
        const ask = (): void => {
          const peer = { address: LIMITED_BROADCAST, port: SERVER_PORT };
          sockets[1]?.send([{ payload: discover.packet, peer }]);
        };
        const cancel = this.#clock.after(PATIENCE_MILLISECONDS, resolve);
        const cancelAgain = this.#clock.after(AGAIN_MILLISECONDS, ask);
        void (async () => {
          // Answers are broadcast; the question has to leave by the interface that has the address.
          for (const own of [UNSPECIFIED, address]) {
            const request = { address: own, port: CLIENT_PORT, broadcast: true, interfaceName };
            sockets.push(await this.#network.open(request, { onDatagrams, onError: fail }));
          }
          ask();
        })().catch(fail);
      });
    } finally {
      for (const socket of sockets) socket.close();
    }
    return found;
  }

  #makeDiscover(): { readonly xid: number; readonly packet: Buffer } {
    const xid = randomBytes(4).readUInt32BE();
    const none = Buffer.alloc(0);
    const addresses = { ciaddr: UNSPECIFIED, yiaddr: UNSPECIFIED, siaddr: UNSPECIFIED, giaddr: UNSPECIFIED };
    const options = new Map([[Code.messageType, Buffer.from([MessageType.discover])]]);
    const header = { op: BOOTREQUEST, htype: 1, hlen: 6, hops: 0, xid, secs: 0, flags: BROADCAST_FLAG };
    const message = { ...header, ...addresses, chaddr: this.#chaddr, sname: none, file: none, options };
    return { xid, packet: encodeMessage(message) };
  }
}

interface Offer extends FoundServer {
  readonly server: Ipv4;
}

/** An offer of an address; a proxyDHCP server makes none. */
function offerIn(payload: Buffer, xid: number): Offer | undefined {
  try {
    const reply = decodeMessage(Buffer.from(payload));
    if (reply.op !== BOOTREPLY || reply.xid !== xid || messageType(reply) !== MessageType.offer) return undefined;
    const server = addressOption(reply, Code.serverIdentifier);
    if (reply.yiaddr === UNSPECIFIED || server === undefined) return undefined;
    const file = (reply.options.get(Code.bootFileName) ?? reply.file).toString("latin1").replace(/\0.*$/s, "");
    return { server, bootFile: file === "" ? undefined : file };
  } catch {
    return undefined;
  }
}
