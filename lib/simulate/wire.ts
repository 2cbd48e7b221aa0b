import { randomInt } from "node:crypto";
import { CLIENT_PORT, SERVER_PORT } from "../dhcp/destination.js";
import {
  addressOption,
  BOOTREPLY,
  BROADCAST_FLAG,
  decodeMessage,
  encodeMessage,
  messageType,
  type Message,
} from "../dhcp/message.js";
import { Code } from "../options/codes.js";
import { decodePxeOptions, Discovery } from "../options/pxe.js";
import { DecodeError } from "../common/byte-reader.js";
import type { Clock } from "../common/clock.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import { LIMITED_BROADCAST, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Datagram, Endpoint, UdpNetwork, UdpSocket } from "../os/udp.js";
import type { SimulatedMachine } from "./machine.js";
import { requestOf, type Question } from "./requests.js";

/** The port of boot servers (PXE 2.1 2.2.4). */
const BOOT_SERVER_PORT = 4011;

/** Milliseconds to wait for offers, until the request is repeated, and to wait for a boot server (PXE 2.1 2.3). */
const OFFER_PATIENCE = 5000;
const AGAIN = 2000;
const BOOT_SERVER_PATIENCE = 2000;

/** A message from a server. */
export interface Heard {
  readonly message: Message;
  readonly from: Endpoint;
}

/** The link to send requests on. */
export interface WireParts {
  readonly network: UdpNetwork;
  readonly clock: Clock;
  /** This host's address on the link. */
  readonly link: InterfaceAddress;
}

/** The sockets of a client on a link; the client accepts no address. */
export class WireClient {
  readonly #parts: WireParts;
  readonly #sockets: UdpSocket[] = [];
  #take: (heard: Heard) => void = () => undefined;

  private constructor(parts: WireParts) {
    this.#parts = parts;
  }

  /**
   * Opens the sockets.
   *
   * @throws the system's error where the clients' port cannot be opened
   */
  static async open(parts: WireParts): Promise<WireClient> {
    const client = new WireClient(parts);
    try {
      await client.#open();
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /**
   * Requests an address as a machine does, without accepting one. Requests replies by broadcast, since this host does
   * not have the machine's address.
   *
   * @returns the last offer of each server, received within the time that a machine waits
   */
  async offers(machine: SimulatedMachine): Promise<readonly Heard[]> {
    const asked = requestOf(machine, { kind: "discover" }, newXid());
    const message = { ...asked, flags: asked.flags | BROADCAST_FLAG };
    const to = { address: LIMITED_BROADCAST, port: SERVER_PORT };
    const cancel = this.#parts.clock.after(AGAIN, () => {
      this.#send(message, to);
    });
    const heard = await this.#ask(message, to, OFFER_PATIENCE);
    cancel();
    return [...new Map(heard.map((each) => [serverOf(each), each])).values()];
  }

  /** Asks a boot server what a machine should boot; returns undefined where it does not answer. */
  async bootServer(machine: SimulatedMachine, server: Ipv4): Promise<Heard | undefined> {
    const question: Question = { kind: "boot-server", address: this.#parts.link.address };
    const message = requestOf(machine, question, newXid());
    const [heard] = await this.#ask(message, { address: server, port: BOOT_SERVER_PORT }, BOOT_SERVER_PATIENCE, 1);
    return heard;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  async #open(): Promise<void> {
    const { network, link } = this.#parts;
    const handlers = {
      onDatagrams: (batch: readonly Datagram[]) => {
        for (const datagram of batch) this.#receive(datagram);
      },
      onError: () => undefined,
    };
    const shared = { port: CLIENT_PORT, broadcast: true };
    // The first socket receives broadcasts; requests are sent from the second, by its interface.
    this.#sockets.push(
      await network.open({ ...shared, address: UNSPECIFIED, interfaceName: link.name }, handlers),
      await network.open({ ...shared, address: link.address }, handlers),
    );
  }

  /** Sends a request and collects the replies. @param most number of replies after which to stop */
  #ask(message: Message, to: Endpoint, patience: number, most = Infinity): Promise<readonly Heard[]> {
    const heard: Heard[] = [];
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(patience, () => {
        resolve(heard);
      });
      this.#take = (each) => {
        if (each.message.xid !== message.xid || each.message.op !== BOOTREPLY) return;
        heard.push(each);
        if (heard.length < most) return;
        cancel();
        resolve(heard);
      };
      this.#send(message, to);
    });
  }

  #send(message: Message, peer: Endpoint): void {
    this.#sockets[1]?.send([{ payload: encodeMessage(message), peer }]);
  }

  #receive({ payload, peer }: Datagram): void {
    try {
      this.#take({ message: decodeMessage(Buffer.from(payload)), from: peer });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
}

/**
 * Whether firmware asks a boot server after an offer: the offer is for PXE, and contains neither the instruction to
 * boot at once nor a menu.
 */
export function sendsToBootServer(machine: SimulatedMachine, { options }: Message): boolean {
  const vendorClass = options.get(Code.vendorClass)?.toString("latin1") ?? "";
  if (machine.stage !== "rom" || !vendorClass.startsWith("PXEClient")) return false;
  const { bootMenu, discoveryControl = 0 } = decodePxeOptions(options.get(Code.vendorSpecific) ?? Buffer.alloc(0));
  return bootMenu === undefined && (discoveryControl & Discovery.useBootFile) === 0;
}

/** Returns a key for the server and kind of a reply. */
function serverOf({ message, from }: Heard): string {
  const named = addressOption(message, Code.serverIdentifier) ?? from.address;
  return `${named} ${messageType(message) ?? "bootp"} ${message.yiaddr === UNSPECIFIED}`;
}

function newXid(): number {
  return randomInt(0x1_0000_0000);
}
