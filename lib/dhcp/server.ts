import type { AccessPolicy, Stage, Verdict } from "../access/access.js";
import type { EventBus } from "../events.js";
import { describeOrigins, type Host } from "../hosts/host.js";
import type { HostSource } from "../hosts/source.js";
import { DecodeError } from "../net/byte-reader.js";
import { asError } from "../net/error.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Datagram, UdpNetwork } from "../net/udp.js";
import { Answerer, type AnswerSettings, type Served } from "./answer.js";
import { classify, isFirmware, type Client } from "./client.js";
import { Link, type LinkParts } from "./link.js";
import { stageOf, type MachineState, type MachineTable } from "./machines.js";
import { BOOTREQUEST, decodeMessage, messageType, MessageType, type Message } from "./message.js";
import { relayNotes } from "./relay.js";
import type { Scopes } from "./scope.js";

/** What the server is made of. */
export interface DhcpServerParts {
  readonly network: UdpNetwork;
  /** The interfaces to serve. */
  readonly links: readonly LinkParts[];
  readonly scopes: Scopes;
  readonly access: AccessPolicy;
  /** What is known of machines beforehand. */
  readonly hosts: HostSource;
  readonly machines: MachineTable;
  readonly events: EventBus;
  readonly settings: DhcpSettings;
}

/** What it goes by. */
export interface DhcpSettings extends AnswerSettings {
  /** The address to listen on; 0.0.0.0 for all. */
  readonly listenAddress: Ipv4;
  /** Serve clients that were not seen to boot from here before. */
  readonly allowSimple: boolean;
}

/** A request, before it is known whether its machine may be served. */
type Request = Omit<Served, "state" | "stage" | "host">;

/** What is known of a machine, or why nobody can tell. */
type Known = { readonly host: Host | undefined } | { readonly trouble: string };

/** How many requests may wait for a slow authority at once; more are dropped, and come again. */
const MOST_WAITING = 4096;

/** Answers BOOTP, DHCP and PXE requests: decode, which network, ask who may, decide, answer. */
export class DhcpServer {
  readonly #parts: DhcpServerParts;
  readonly #answerer: Answerer;
  /** Requests that wait for the authority, by machine and message type; their repetitions are not asked again. */
  readonly #waiting = new Set<string>();
  readonly #links: Link[] = [];

  constructor(parts: DhcpServerParts) {
    this.#parts = parts;
    this.#answerer = new Answerer(parts.settings, parts.events);
  }

  /** @throws the system's error when a port cannot be opened */
  async start(): Promise<void> {
    const { network, links, settings } = this.#parts;
    const { listenAddress, serverPort: port } = settings;
    const handlers = {
      onDatagram: (datagram: Datagram, link: Link, unicast: boolean) => {
        this.#receive(datagram, link, unicast);
      },
      onError: (error: Error) => {
        this.#parts.events.publish({ kind: "failed", where: "sending a DHCP reply", error });
      },
    };
    await this.#requireFreePort(listenAddress, port);
    for (const link of links) this.#links.push(await Link.open(network, link, port, handlers));
  }

  stop(): void {
    for (const link of this.#links.splice(0)) link.close();
  }

  /** Two sockets of ours share the port, which would let another DHCP server share it too and go unnoticed. */
  async #requireFreePort(address: Ipv4, port: number): Promise<void> {
    const ignore = { onDatagrams: () => undefined, onError: () => undefined };
    (await this.#parts.network.open({ address, port }, ignore)).close();
  }

  #receive({ payload, peer }: Datagram, link: Link, unicast: boolean): void {
    const { events } = this.#parts;
    try {
      const message = decodeMessage(Buffer.from(payload));
      const flaw = flawOf(message);
      if (flaw === undefined) this.#place({ message, client: classify(message), source: peer, link }, unicast);
      else events.publish({ kind: "packet-dropped", protocol: "DHCP", peer, reason: flaw });
    } catch (error) {
      if (error instanceof DecodeError) {
        events.publish({ kind: "packet-dropped", protocol: "DHCP", peer, reason: error.message });
      } else this.#fail(error);
    }
  }

  /** Finds out which network the machine is on. */
  #place(heard: Pick<Served, "message" | "client" | "source" | "link">, unicast: boolean): void {
    const { message, client, link } = heard;
    const notes = relayNotes(message);
    const scope = this.#parts.scopes.choose(message, notes, { link, unicast });
    if (typeof scope === "string") this.#ignore(client, scope);
    else this.#admit({ ...heard, notes, scope, owner: scope.leases.ownerOf(client) });
  }

  /** Asks whether the machine may be served; answers now where that is known at once. */
  #admit(request: Request): void {
    const { access, hosts, settings } = this.#parts;
    const { message, client, scope, owner } = request;
    const state = this.#stateOf(request);
    if (givesUpAddress(message)) {
      this.#answer({ ...request, state, stage: state.stage ?? "system", host: undefined });
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
      address: scope.leases.table.addressOf(owner),
    });
    const found = hosts.find(client);
    if (!(verdict instanceof Promise) && !(found instanceof Promise)) {
      this.#proceed(request, stage, verdict, { host: found });
    } else this.#wait(request, stage, Promise.all([verdict, knownLater(found)]));
  }

  /** What is known of a machine; who took an address before this program was started has been seen to boot. */
  #stateOf({ client: { mac }, owner, scope }: Request): MachineState {
    const { machines } = this.#parts;
    const state = machines.get(mac);
    return !machines.knows(mac) && scope.leases.table.isBound(owner) ? { ...state, stage: "system" } : state;
  }

  #wait(request: Request, stage: Stage, answers: Promise<readonly [Verdict, Known]>): void {
    if (this.#waiting.size >= MOST_WAITING) return;
    const key = waitingKey(request);
    this.#waiting.add(key);
    answers
      .then(([verdict, known]) => {
        // What was found out meanwhile may have reserved the machine an address by another name.
        const owner = request.scope.leases.ownerOf(request.client);
        this.#proceed({ ...request, owner }, stage, verdict, known);
      })
      .catch((error: unknown) => {
        this.#fail(error);
      })
      .finally(() => {
        this.#waiting.delete(key);
      });
  }

  #proceed(request: Request, stage: Stage, verdict: Verdict, known: Known): void {
    const { machines } = this.#parts;
    const { client } = request;
    const refuse = (reason: string): void => {
      machines.update(client.mac, { stage: undefined });
      this.#ignore(client, reason);
    };
    if (!verdict.granted) {
      refuse(verdict.reason);
      return;
    }
    if ("trouble" in known) {
      refuse(`what is known of it cannot be found out: ${known.trouble}`);
      return;
    }
    const { host } = known;
    if (host?.disabled === true) {
      refuse(`it is disabled (${describeOrigins(host)})`);
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
    this.#answer({ ...request, stage, state: machines.get(client.mac), host });
  }

  #answer(served: Served): void {
    const answer = this.#answerer.answer(served);
    if (answer instanceof Promise) {
      answer.then(
        (kept) => {
          served.link.send(kept);
        },
        (error: unknown) => {
          this.#parts.events.publish({ kind: "lease-lost", machine: served.client, error: asError(error) });
        },
      );
    } else if (answer !== undefined) served.link.send(answer);
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

async function knownLater(found: Host | undefined | Promise<Host | undefined>): Promise<Known> {
  try {
    return { host: await found };
  } catch (error) {
    return { trouble: asError(error).message };
  }
}

function waitingKey({ client, message }: Pick<Served, "client" | "message">): string {
  return `${client.mac} ${messageType(message) ?? "bootp"}`;
}

function givesUpAddress(message: Message): boolean {
  const type = messageType(message);
  return type === MessageType.release || type === MessageType.decline;
}
