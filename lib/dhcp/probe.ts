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
import { Code } from "../options/codes.js";

/** Milliseconds until the DISCOVER is repeated, since a datagram may be lost. */
const AGAIN_MILLISECONDS = 2000;
/**
 * Milliseconds to wait for answers. dnsmasq pings an address for 3 s before it offers it, and the answer to the second
 * DISCOVER must be received too.
 */
const PATIENCE_MILLISECONDS = 7000;

/** The bits of a locally administered address and of a group address (IEEE 802). */
const LOCAL_BIT = 2;
const GROUP_BIT = 1;

/** The offer of a DHCP server, beside the address. */
export interface FoundServer {
  /** The boot file, if the server announces one even to a client that does not ask. */
  readonly bootFile: string | undefined;
}

/** Finds other DHCP servers as a client would: sends a DISCOVER and leaves the offers. */
export class DhcpProbe {
  readonly #network: UdpNetwork;
  readonly #clock: Clock;
  /** A random address; constant per process, so that a server sets aside one address for it, not many. */
  readonly #chaddr = Buffer.alloc(16);

  constructor(network: UdpNetwork, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
    const [first = 0, ...rest] = randomBytes(6);
    this.#chaddr.set([(first & ~GROUP_BIT) | LOCAL_BIT, ...rest]);
  }

  /** Whether this process sent the message: its server receives the probe's broadcasts too. */
  isOwn({ chaddr }: Message): boolean {
    return chaddr.equals(this.#chaddr);
  }

  /**
   * Sends a DISCOVER on a link and waits seven seconds for offers. The client port is open meanwhile.
   *
   * @returns the servers that offer an address there, by their server identifier
   * @throws the system's error when the client port cannot be opened: a DHCP client of this host has it
   */
  async find({ interfaceName, address }: LinkName): Promise<ReadonlyMap<Ipv4, FoundServer>> {
    const found = new Map<Ipv4, FoundServer>();
    const discover = this.#makeDiscover();
    const sockets: UdpSocket[] = [];
    // Two sockets can share a port; ours must not take answers from a DHCP client of this host.
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
          // Offers are broadcast and arrive on the unbound socket; the DISCOVER leaves by the interface with the
          // address.
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

/** Returns the offer of an address in a payload; a proxyDHCP server offers none. */
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
