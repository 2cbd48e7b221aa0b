import type { AccessPolicy, Stage, Verdict } from "../access/access.js";
import type { Change } from "../change.js";
import type { EventBus } from "../events.js";
import { describeOrigins, type Host } from "../hosts/host.js";
import type { HostSource } from "../hosts/source.js";
import { DecodeError } from "../net/byte-reader.js";
import { asError } from "../net/error.js";
import type { Clock } from "../net/clock.js";
import type { FrameSender } from "../net/frame-sender.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Datagram, UdpNetwork } from "../net/udp.js";
import { Answerer, servedAs, type AnswerSettings, type Served } from "./answer.js";
import { classify, isFirmware, type Client } from "./client.js";
import { bootItemOf, decideBoot } from "./decide-boot.js";
import { DelayedAnswers } from "./delayed-answers.js";
import { Link, requireFreePort, openPlainly, type Answer, type LinkName, type ServicePort } from "./link.js";
import { stageOf, type MachineState, type MachineTable } from "./machines.js";
import { BOOTREQUEST, decodeMessage, givesUpAddress, messageType, MessageType, type Message } from "./message.js";
import type { Profiles, Treated } from "./profile.js";
import { relayNotes } from "./relay.js";
import type { Scopes } from "./scope.js";
import { takenAddress, type Sightings } from "./sightings.js";

/** What the server is made of. */
export interface DhcpServerParts extends DhcpOrder {
  readonly network: UdpNetwork;
  readonly machines: MachineTable;
  /** Who has which address where another server gives them. */
  readonly sightings: Sightings;
  readonly clock: Clock;
  readonly events: EventBus;
}

/** What may be another while it runs. */
export interface DhcpOrder {
  /** The interfaces to serve. */
  readonly links: readonly LinkName[];
  /** What sends frames out of an interface to machines that have no address yet, where there is such a way. */
  readonly frames: (interfaceName: string) => FrameSender | undefined;
  readonly scopes: Scopes;
  readonly access: AccessPolicy;
  /** What is known of machines beforehand. */
  readonly hosts: HostSource;
  readonly profiles: Profiles;
  readonly settings: DhcpSettings;
}

/** What it goes by. */
export interface DhcpSettings extends AnswerSettings {
  /** The address to listen on; 0.0.0.0 for all. */
  readonly listenAddress: Ipv4;
  /** The ports to listen on. */
  readonly ports: readonly ServicePort[];
  /** Whether another server gives the addresses, so that this one tells only what to boot. */
  readonly proxy: boolean;
  /** Whether that is only for machines that something is known of. */
  readonly knownOnly: boolean;
  /** Send nothing. */
  readonly dryRun: boolean;
  /** Serve clients that were not seen to boot from here before. */
  readonly allowSimple: boolean;
}

/** A request, as it was heard. */
type Heard = Pick<Served, "message" | "client" | "treated" | "source" | "link"> & {
  readonly unicast: boolean;
};

/** A request, before it is known whether its machine may be served. */
type Request = Omit<Served, "state" | "stage" | "host"> & Heard;

/** What is known of a machine, or why nobody can tell. */
type Known = { readonly host: Host | undefined } | { readonly trouble: string };

/** How many requests may wait for a slow authority at once; more are dropped, and come again. */
const MOST_WAITING = 4096;

/** Answers BOOTP, DHCP and PXE requests: decode, which network, ask who may, decide, answer. */
export class DhcpServer {
  readonly #parts: DhcpServerParts;
  #order: DhcpOrder;
  #answerer: Answerer;
  /** Requests that wait for the authority, by machine and message type; their repetitions are not asked again. */
  readonly #waiting = new Set<string>();
  readonly #delayed: DelayedAnswers;
  #links: readonly Link[] = [];

  constructor(parts: DhcpServerParts) {
    this.#parts = parts;
    this.#order = parts;
    this.#answerer = new Answerer(parts.settings, parts.events);
    this.#delayed = new DelayedAnswers(parts.clock);
  }

  /** @throws the system's error when a port cannot be opened */
  async start(): Promise<void> {
    (await this.prepare(this.#order)).commit();
  }

  /**
   * Makes ready to go by something else. Interfaces that are to be served further are heard all the while; who waits
   * for an answer gets it.
   *
   * @throws the system's error when a port cannot be opened, or what `opening` makes of it
   */
  async prepare(next: DhcpOrder, opening = openPlainly): Promise<Change> {
    const links: Link[] = [];
    const abandon = (): void => {
      for (const link of links) if (!this.#links.includes(link)) link.close();
    };
    try {
      for (const port of next.settings.ports) {
        const isOurs = this.#links.some((link) => link.port === port.port);
        if (port.service === "dhcp" && !isOurs) {
          await opening(port, () => requireFreePort(this.#parts.network, next.settings.listenAddress, port.port));
        }
        for (const name of next.links) {
          links.push(this.#linkOf(name, port) ?? (await opening(port, () => this.#open(name, port, next))));
        }
      }
    } catch (error) {
      abandon();
      throw error;
    }
    const commit = (): void => {
      const dropped = this.#links.filter((link) => !links.includes(link));
      this.#order = next;
      this.#answerer = new Answerer(next.settings, this.#parts.events);
      this.#links = links;
      for (const link of dropped) link.retire();
    };
    return { commit, abandon };
  }

  stop(): void {
    this.#delayed.cancel();
    for (const link of this.#links) link.close();
    this.#links = [];
  }

  /** What is open already of what is to be. */
  #linkOf({ interfaceName, address }: LinkName, { service, port }: ServicePort): Link | undefined {
    return this.#links.find(
      (link) =>
        link.interfaceName === interfaceName &&
        link.address === address &&
        link.service === service &&
        link.port === port,
    );
  }

  #open(name: LinkName, port: ServicePort, { frames }: DhcpOrder): Promise<Link> {
    const { network, events } = this.#parts;
    // Who asks a boot server has an address.
    const sender = port.service === "dhcp" ? frames(name.interfaceName) : undefined;
    return Link.open(network, { ...name, frames: sender }, port, {
      onDatagram: (datagram, link, unicast) => {
        this.#receive(datagram, link, unicast);
      },
      onError: (error) => {
        events.publish({ kind: "failed", where: "sending a DHCP reply", error });
      },
    });
  }

  #receive({ payload, peer }: Datagram, link: Link, unicast: boolean): void {
    const { events } = this.#parts;
    try {
      const message = decodeMessage(Buffer.from(payload));
      const { client, treated } = this.#recognise(message);
      const flaw = flawOf(message, client);
      if (flaw === undefined) this.#sort({ message, client, treated, source: peer, link, unicast });
      else events.publish({ kind: "packet-dropped", protocol: "DHCP", peer, reason: flaw });
    } catch (error) {
      if (error instanceof DecodeError) {
        events.publish({ kind: "packet-dropped", protocol: "DHCP", peer, reason: error.message });
      } else this.#fail(error);
    }
  }

  /** Who asks, and what its kind needs. */
  #recognise(message: Message): { readonly client: Client; readonly treated: Treated } {
    const client = classify(message);
    const treated = this.#order.profiles.treatmentOf(client);
    const { kind } = treated;
    return { client: kind === undefined ? client : { ...client, kind }, treated };
  }

  /** Tells what only booting is about from what is about an address, and what is another server's from both. */
  #sort(heard: Heard): void {
    const { message, client, link } = heard;
    const { proxy, menu } = this.#order.settings;
    if (link.service === "dhcp" && !proxy && bootItemOf(message, client) === undefined) {
      this.#place(heard, undefined);
      return;
    }
    const { machines, sightings, events } = this.#parts;
    const boot = decideBoot(message, client, link.service, menu?.items);
    const taken = proxy && machines.knows(client.mac) ? takenAddress(message) : UNSPECIFIED;
    if (taken !== UNSPECIFIED) sightings.note(taken, client.mac);
    if (boot.kind !== "pass") this.#place(heard, boot);
    else events.publish({ kind: "dhcp-left", machine: client, reason: boot.reason });
  }

  #place(heard: Heard, boot: Served["boot"]): void {
    const request = this.#inItsNetwork(heard, boot);
    if (request !== undefined) this.#admit(request);
  }

  /** Finds out which network the machine is on; undefined where it is on none. */
  #inItsNetwork(heard: Heard, boot: Served["boot"]): Request | undefined {
    const { message, client, treated, source, link, unicast } = heard;
    const notes = relayNotes(message);
    const scope = this.#order.scopes.choose(message, notes, { link, unicast });
    if (typeof scope !== "string") {
      const owner = scope.leases.ownerOf(client);
      return { message, client, treated, boot, source, link, unicast, notes, scope, owner };
    }
    this.#ignore(client, scope);
    return undefined;
  }

  /** Asks whether the machine may be served; answers now where that is known at once. */
  #admit(request: Request): void {
    const { access, hosts, settings } = this.#order;
    const { message, client, scope, owner } = request;
    const state = this.#stateOf(request);
    if (givesUpAddress(message)) {
      this.#answer(servedAs(request, { stage: state.stage ?? "system", state, host: undefined }));
      return;
    }
    const confirms = messageType(message) === MessageType.request || client.kind === "bootp";
    const stage = stageOf(client, state.stage, confirms, settings.allowSimple);
    if (stage === undefined) {
      this.#ignore(client, "it was not seen to boot by PXE first, and allow_simple_dhcp is off");
      return;
    }
    if (this.#waiting.size > 0 && this.#waiting.has(waitingKey(request))) return;
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
    const answered = answers
      .then(([verdict, known]) => {
        // Networks, leases and what the machine is known by may be others by now.
        const current = this.#inItsNetwork(request, request.boot);
        if (current !== undefined) this.#proceed(current, stage, verdict, known);
      })
      .catch((error: unknown) => {
        this.#fail(error);
      })
      .finally(() => {
        this.#waiting.delete(key);
      });
    void request.link.openDuring(answered);
  }

  #proceed(request: Request, stage: Stage, verdict: Verdict, known: Known): void {
    const { machines, events } = this.#parts;
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
    if (this.#order.settings.knownOnly && host === undefined) {
      events.publish({ kind: "dhcp-left", machine: client, reason: "nothing is known of it" });
      return;
    }
    const former = machines.get(client.mac);
    // What an authority said holds until it says something else, or the machine starts anew.
    const restarted = isFirmware(client) && former.stage !== stage;
    const state = machines.update(client.mac, {
      stage,
      uuid: client.uuid ?? former.uuid,
      architecture: client.architecture ?? former.architecture,
      hostName: verdict.hostName ?? former.hostName,
      file: verdict.file ?? (restarted ? undefined : former.file),
      treated: isFirmware(client) ? request.treated : former.treated,
    });
    this.#answer(servedAs(request, { stage, state, host }));
  }

  #answer(served: Served): void {
    const answer = this.#answerer.answer(served);
    if (answer instanceof Promise) {
      const sent = answer.then(
        (kept) => {
          if (kept !== undefined) this.#send(served, kept);
        },
        (error: unknown) => {
          this.#parts.events.publish({ kind: "lease-lost", machine: served.client, error: asError(error) });
        },
      );
      void served.link.openDuring(sent);
    } else if (answer !== undefined) this.#send(served, answer);
  }

  #send({ link, treated: { replyDelaySeconds: delay = 0 } }: Served, answer: Answer): void {
    if (this.#order.settings.dryRun) return;
    this.#delayed.send(delay, () => {
      link.send(answer);
    });
  }

  #ignore(client: Client, reason: string): void {
    this.#parts.events.publish({ kind: "dhcp-ignored", machine: client, reason, grave: false });
  }

  #fail(error: unknown): void {
    this.#parts.events.publish({ kind: "failed", where: "answering a DHCP request", error: asError(error) });
  }
}

/** Why a message is none to answer, where it is not. */
function flawOf({ op }: Message, { mac }: Client): string | undefined {
  if (op !== BOOTREQUEST) return "it is not a request";
  return mac === "" ? "it has no hardware address to know the client by" : undefined;
}

async function knownLater(found: Host | undefined | Promise<Host | undefined>): Promise<Known> {
  try {
    return { host: await found };
  } catch (error) {
    return { trouble: asError(error).message };
  }
}

function waitingKey({ client, message, link }: Pick<Served, "client" | "message" | "link">): string {
  return `${client.mac} ${messageType(message) ?? "bootp"} ${link.service}`;
}
