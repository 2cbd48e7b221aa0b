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
import { Code } from "../options/registry.js";
import { decodePxeOptions, Discovery } from "../options/pxe.js";
import { DecodeError } from "../common/byte-reader.js";
import type { Clock } from "../common/clock.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import { LIMITED_BROADCAST, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Datagram, Endpoint, UdpNetwork, UdpSocket } from "../os/udp.js";
import type { SimulatedMachine } from "./machine.js";
import { requestOf, type Question } from "./requests.js";

/** Where boot servers are asked (PXE 2.1 2.2.4). */
const BOOT_SERVER_PORT = 4011;

/** How long offers are waited for, and when it is asked again, in milliseconds: as PXE 2.1 2.3 has it. */
const OFFER_PATIENCE = 5000;
const AGAIN = 2000;
const BOOT_SERVER_PATIENCE = 2000;

/** What one server answered. */
export interface Heard {
  readonly message: Message;
  readonly from: Endpoint;
}

/** The place where servers are asked. */
export interface WireParts {
  readonly network: UdpNetwork;
  readonly clock: Clock;
  /** Our own address on the link. */
  readonly link: InterfaceAddress;
}

/** A client's sockets on a link; it takes no address. */
export class WireClient {
  readonly #parts: WireParts;
  readonly #sockets: UdpSocket[] = [];
  #take: (heard: Heard) => void = () => undefined;

  private constructor(parts: WireParts) {
    this.#parts = parts;
  }

  /** @throws the system's error where the clients' port cannot be opened */
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
   * Asks for an address as a machine does, without taking one. Answers are asked for as broadcasts, since nobody here
   * has the machine's address.
   *
   * @returns the last offer of each server, by the time that a machine waits for them
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

  /** What a boot server says that a machine is to boot; undefined where it does not answer. */
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
    // Broadcasts are heard on the first; what is asked leaves by the interface of the second.
    this.#sockets.push(
      await network.open({ ...shared, address: UNSPECIFIED, interfaceName: link.name }, handlers),
      await network.open({ ...shared, address: link.address }, handlers),
    );
  }

  /** @param most how many answers are enough */
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

/** Whether firmware asks a boot server after an offer: it is PXE's, and says neither what to boot at once nor a menu. */
export function sendsToBootServer(machine: SimulatedMachine, { options }: Message): boolean {
  const vendorClass = options.get(Code.vendorClass)?.toString("latin1") ?? "";
  if (machine.stage !== "rom" || !vendorClass.startsWith("PXEClient")) return false;
  const { bootMenu, discoveryControl = 0 } = decodePxeOptions(options.get(Code.vendorSpecific) ?? Buffer.alloc(0));
  return bootMenu === undefined && (discoveryControl & Discovery.useBootFile) === 0;
}

/** The server of an answer: as it names itself, and what its answer is. */
function serverOf({ message, from }: Heard): string {
  const named = addressOption(message, Code.serverIdentifier) ?? from.address;
  return `${named} ${messageType(message) ?? "bootp"} ${message.yiaddr === UNSPECIFIED}`;
}

function newXid(): number {
  return randomInt(0x1_0000_0000);
}
