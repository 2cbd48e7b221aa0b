import type { AccessPolicy, Stage, Verdict } from "../access/access.js";
import type { EventBus } from "../events.js";
import type { Owner } from "../leases/lease.js";
import type { Leases } from "../leases/leases.js";
import { DecodeError } from "../net/byte-reader.js";
import type { FrameSender } from "../net/frame-sender.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Datagram, UdpNetwork, UdpSocket } from "../net/udp.js";
import { Answerer, type Answer, type AnswerSettings, type Served } from "./answer.js";
import { classify, isFirmware, type Client } from "./client.js";
import { stageOf, type MachineState, type MachineTable } from "./machines.js";
import { BOOTREQUEST, decodeMessage, messageType, MessageType, type Message } from "./message.js";
import { asError } from "../net/error.js";

/** What the server is made of. */
export interface DhcpServerParts {
  readonly network: UdpNetwork;
  /** What sends frames to machines that have no address yet; without, such machines are answered by broadcast. */
  readonly frames?: FrameSender | undefined;
  readonly access: AccessPolicy;
  readonly leases: Leases;
  readonly machines: MachineTable;
  readonly events: EventBus;
  readonly settings: DhcpSettings;
}

/** What it goes by. */
export interface DhcpSettings extends AnswerSettings {
  /** The address to listen on; 0.0.0.0 for all. */
  readonly listenAddress: Ipv4;
  /** The interface whose broadcasts are heard, where the system can tell them apart. */
  readonly interfaceName: string;
  /** Serve clients that were not seen to boot from here before. */
  readonly allowSimple: boolean;
}

/** How many requests may wait for a slow authority at once; more are dropped, and come again. */
const MOST_WAITING = 4096;

/** Answers BOOTP, DHCP and PXE requests on one network: decode, ask who may, decide, answer. */
export class DhcpServer {
  readonly #parts: DhcpServerParts;
  readonly #answerer: Answerer;
  /** Requests that wait for the authority, by machine and message type; their repetitions are not asked again. */
  readonly #waiting = new Set<string>();
  #sockets: readonly UdpSocket[] = [];

  constructor(parts: DhcpServerParts) {
    this.#parts = parts;
    this.#answerer = new Answerer(parts.settings, parts.leases, parts.events, parts.frames !== undefined);
  }

  /** @throws the system's error when a port cannot be opened */
  async start(): Promise<void> {
    const { listenAddress, interfaceName, serverPort: port, facts } = this.#parts.settings;
    const handlers = {
      onDatagrams: (batch: readonly Datagram[]) => {
        for (const datagram of batch) this.#receive(datagram);
      },
      onError: (error: Error) => {
        this.#parts.events.publish({ kind: "failed", where: "sending a DHCP reply", error });
      },
    };
    await this.#requireFreePort(listenAddress, port);
    // Broadcasts arrive only on a socket that is bound to no address, or to the broadcast address itself. Replies leave
    // by the socket on our own address: from there the system sends 255.255.255.255 out of the interface that has it.
    const { network } = this.#parts;
    const own = await network.open({ address: facts.serverAddress, port, broadcast: true }, handlers);
    this.#sockets = [own];
    const all = { address: UNSPECIFIED, port, broadcast: true, interfaceName };
    this.#sockets = [own, await network.open(all, handlers)];
  }

  stop(): void {
    for (const socket of this.#sockets) socket.close();
    this.#sockets = [];
  }

  /** Two sockets of ours share the port, which would let another DHCP server share it too and go unnoticed. */
  async #requireFreePort(address: Ipv4, port: number): Promise<void> {
    const ignore = { onDatagrams: () => undefined, onError: () => undefined };
    (await this.#parts.network.open({ address, port }, ignore)).close();
  }

  #receive({ payload, peer }: Datagram): void {
    const { events } = this.#parts;
    try {
      const message = decodeMessage(Buffer.from(payload));
      const flaw = flawOf(message);
      if (flaw === undefined) this.#admit({ message, client: classify(message), source: peer });
      else events.publish({ kind: "packet-dropped", protocol: "DHCP", peer, reason: flaw });
    } catch (error) {
      if (error instanceof DecodeError) {
        events.publish({ kind: "packet-dropped", protocol: "DHCP", peer, reason: error.message });
      } else this.#fail(error);
    }
  }

  /** Asks whether the machine may be served; answers now where that is known at once. */
  #admit(request: Omit<Served, "state" | "stage">): void {
    const { access, leases, settings } = this.#parts;
    const { message, client } = request;
    if (message.giaddr !== UNSPECIFIED && !settings.facts.subnet.contains(message.giaddr)) {
      this.#ignore(
        client,
        `it was relayed by ${formatIpv4(message.giaddr)}, which is not in ${settings.facts.subnet.toString()}`,
      );
      return;
    }
    const owner = leases.ownerOf(client);
    const state = this.#stateOf(client, owner);
    if (givesUpAddress(message)) {
      this.#answer({ ...request, state, stage: state.stage ?? "system" });
      return;
    }
    const confirms = messageType(message) === MessageType.request || client.kind === "bootp";
    const stage = stageOf(client, state.stage, confirms, settings.allowSimple);
    if (stage === undefined) {
      this.#ignore(client, "it was not seen to boot by PXE first, and allow_simple_dhcp is off");
      return;
    }
    if (this.#waiting.has(waitingKey(request))) return;
    const verdict = access.judge({
      mac: client.mac,
      uuid: client.uuid ?? state.uuid,
      stage,
      entering: stage !== state.stage,
      address: leases.table.addressOf(owner),
    });
    if (verdict instanceof Promise) this.#wait(request, stage, verdict);
    else this.#proceed(request, stage, verdict);
  }

  /** What is known of a machine; who took an address before this program was started has been seen to boot. */
  #stateOf({ mac }: Client, owner: Owner): MachineState {
    const { machines, leases } = this.#parts;
    const state = machines.get(mac);
    return !machines.knows(mac) && leases.table.isBound(owner) ? { ...state, stage: "system" } : state;
  }

  #wait(request: Omit<Served, "state" | "stage">, stage: Stage, verdict: Promise<Verdict>): void {
    if (this.#waiting.size >= MOST_WAITING) return;
    const key = waitingKey(request);
    this.#waiting.add(key);
    verdict
      .then((known) => {
        this.#proceed(request, stage, known);
      })
      .catch((error: unknown) => {
        this.#fail(error);
      })
      .finally(() => {
        this.#waiting.delete(key);
      });
  }

  #proceed(request: Omit<Served, "state" | "stage">, stage: Stage, verdict: Verdict): void {
    const { machines } = this.#parts;
    const { client } = request;
    if (!verdict.granted) {
      machines.update(client.mac, { stage: undefined });
      this.#ignore(client, verdict.reason);
      return;
    }
    const former = machines.get(client.mac);
    // What an authority said holds until it says something else, or the machine starts anew.
    const restarted = isFirmware(client) && former.stage !== stage;
    machines.update(client.mac, {
      stage,
      uuid: client.uuid ?? former.uuid,
      architecture: client.architecture ?? former.architecture,
      hostName: verdict.hostName ?? former.hostName,
      file: verdict.file ?? (restarted ? undefined : former.file),
    });
    this.#answer({ ...request, stage, state: machines.get(client.mac) });
  }

  #answer(served: Served): void {
    const answer = this.#answerer.answer(served);
    if (answer instanceof Promise) {
      answer.then(
        (kept) => {
          this.#send(kept);
        },
        (error: unknown) => {
          this.#parts.events.publish({ kind: "lease-lost", machine: served.client, error: asError(error) });
        },
      );
    } else if (answer !== undefined) this.#send(answer);
  }

  #send(answer: Answer): void {
    const [own] = this.#sockets;
    if (own === undefined) return;
    const { mac, peer, payload } = answer;
    if (mac === undefined) own.send([answer]);
    else this.#parts.frames?.send({ source: own.local, destination: peer, payload, mac });
  }

  #ignore(client: Client, reason: string): void {
    this.#parts.events.publish({ kind: "dhcp-ignored", machine: client, reason, grave: false });
  }

  #fail(error: unknown): void {
    this.#parts.events.publish({ kind: "failed", where: "answering a DHCP request", error: asError(error) });
  }
}

/** Why a message is none to answer, where it is not. */
function flawOf({ op, hlen }: Message): string | undefined {
  if (op !== BOOTREQUEST) return "it is not a request";
  return hlen === 0 ? "it has no hardware address to know the client by" : undefined;
}

function waitingKey({ client, message }: Pick<Served, "client" | "message">): string {
  return `${client.mac} ${messageType(message) ?? "bootp"}`;
}

function givesUpAddress(message: Message): boolean {
  const type = messageType(message);
  return type === MessageType.release || type === MessageType.decline;
}
