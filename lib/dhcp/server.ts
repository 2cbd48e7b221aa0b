import { DecodeError } from "../common/byte-reader.js";
import type { Clock } from "../common/clock.js";
import { asError } from "../common/error.js";
import { onCommit, combine, type Transaction } from "../common/transaction.js";
import { Refusal } from "../common/refusal.js";
import type { DhcpCause } from "../events/causes/dhcp.js";
import type { PacketCause } from "../events/causes/packets.js";
import type { EventBus } from "../events/event.js";
import { isFirmware, type Client } from "../machine/client.js";
import type { MachineTable } from "../machine/records.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import type { Datagram, UdpNetwork } from "../os/udp.js";
import { AddressWatch } from "./address-watch.js";
import { Admission } from "./admission.js";
import { Answerer } from "./answer.js";
import { classify } from "./classify.js";
import { bootItemOf, decideBoot } from "./decide-boot.js";
import { isForServer, type Duty } from "./duty.js";
import { DelayedAnswers } from "./delayed-answers.js";
import type { Explainer } from "./explainer.js";
import { FirmwareOffers } from "./firmware-offers.js";
import { openPlainly, type Answer, type Link } from "./link.js";
import { Links } from "./links.js";
import { BOOTREQUEST, decodeMessage, type Message } from "./message.js";
import type { DhcpOrder } from "./order.js";
import { relayNotes } from "./relay.js";
import type { Request, Sender } from "./request.js";
import { RequestMachine } from "./request-machine.js";
import { placeIn, type Place, type Served } from "./served.js";
import { SharedKeys } from "./shared-keys.js";
import { heardAddress, takenAddress, type SnoopedAddresses } from "./snooped-addresses.js";

/** The parts a {@link DhcpServer} is built from. */
export interface DhcpServerParts extends DhcpOrder {
  readonly network: UdpNetwork;
  readonly machines: MachineTable;
  /** The addresses of machines that another server gives addresses to. */
  readonly snooped: SnoopedAddresses;
  readonly clock: Clock;
  readonly events: EventBus;
  /** Whether this process sent the message itself, to look for other servers. */
  readonly isOwn?: (message: Message) => boolean;
  /** Is told how requests are dealt with; without one, answers carry no origins. */
  readonly explainer?: Explainer;
  /** Whether the server answers now; it always does where this is undefined. */
  readonly duty?: Duty;
}

/** Answers BOOTP, DHCP and PXE requests: decodes, chooses the network, checks access, decides, answers. */
export class DhcpServer {
  readonly #parts: DhcpServerParts;
  #order: DhcpOrder;
  #answerer: Answerer;
  readonly #admission: Admission;
  readonly #delayed: DelayedAnswers;
  readonly #links: Links;
  readonly #addresses: AddressWatch;
  readonly #offers = new FirmwareOffers();
  readonly #sharedKeys = new SharedKeys();

  constructor(parts: DhcpServerParts) {
    this.#parts = parts;
    this.#order = parts;
    this.#answerer = this.#answererFor(parts);
    this.#delayed = new DelayedAnswers(parts.clock);
    this.#addresses = new AddressWatch(parts.clock);
    this.#admission = new Admission({
      machines: parts.machines,
      events: parts.events,
      order: () => this.#order,
      placeOf: (request, client, boot) => this.#placeOf(request, client, boot),
      serve: (served) => {
        this.#answer(served);
      },
      onError: (error) => {
        this.#fail(error);
      },
    });
    this.#links = new Links(parts.network, {
      onDatagram: (datagram, link, unicast) => {
        this.#receive(datagram, link, unicast);
      },
      onError: (error) => {
        parts.events.publish({ kind: "failed", where: "sending a DHCP reply", error });
      },
    });
  }

  /** @throws the system's error when a port cannot be opened */
  async start(): Promise<void> {
    (await this.prepare(this.#order)).commit();
  }

  /**
   * Prepares a change to another order. Interfaces that stay keep receiving throughout; clients that wait for an answer
   * still get it.
   *
   * @throws the system's error when a port cannot be opened, or what `opening` makes of it
   */
  async prepare(next: DhcpOrder, opening = openPlainly): Promise<Transaction> {
    const { links, frames, settings } = next;
    const { ports, listenAddress } = settings;
    const change = await this.#links.prepare({ places: links, ports, listenAddress, frames }, opening);
    const goByIt = (): void => {
      this.#order = next;
      this.#answerer = this.#answererFor(next);
    };
    return combine([onCommit(goByIt), change]);
  }

  /** Answers only at these addresses of this host, until the next order. */
  keepAt(addresses: readonly InterfaceAddress[]): void {
    this.#links.keepAt(addresses);
  }

  #answererFor({ settings, scopes }: DhcpOrder): Answerer {
    const { events, explainer } = this.#parts;
    return new Answerer(settings, scopes, events, this.#sharedKeys, explainer !== undefined);
  }

  stop(): void {
    this.#delayed.cancel();
    this.#links.close();
  }

  #receive({ payload, peer }: Datagram, link: Link, unicast: boolean): void {
    const { events } = this.#parts;
    try {
      const message = decodeMessage(Buffer.from(payload));
      if (this.#parts.isOwn?.(message) === true) return;
      const sender = this.#recognise(message);
      this.#parts.explainer?.recognised(sender);
      const flaw = flawOf(message, sender.client);
      if (flaw === undefined) this.#take({ message, source: peer, link, unicast, notes: relayNotes(message) }, sender);
      else events.publish({ kind: "packet-dropped", protocol: "DHCP", peer, cause: flaw });
    } catch (error) {
      if (error instanceof DecodeError) {
        const cause = { code: "malformed", flaw: error.message } as const;
        events.publish({ kind: "packet-dropped", protocol: "DHCP", peer, cause });
      } else this.#fail(error);
    }
  }

  /** Identifies the client and the quirks of its kind. */
  #recognise(message: Message): Sender {
    const client = classify(message);
    const firmware = this.#offers.takerOf(message, client);
    if (firmware !== undefined) return firmware;
    const quirks = this.#order.profiles.quirksOf(client);
    const { kind } = quirks;
    return { client: kind === undefined ? client : { ...client, kind }, quirks };
  }

  /** Leaves a request to another server where that one is on duty. */
  #take(request: Request, sender: Sender): void {
    const silence = this.#parts.duty?.silence;
    if (silence === undefined || isForServer(request, this.#order.settings.addresses)) this.#sort(request, sender);
    else
      this.#parts.events.publish({
        kind: "dhcp-left",
        machine: new RequestMachine(request, sender.client),
        cause: silence,
      });
  }

  /** Separates boot-only requests from address requests, and passes over requests that another server is to answer. */
  #sort(request: Request, sender: Sender): void {
    const { message, link } = request;
    const { client } = sender;
    const { proxy, menu } = this.#order.settings;
    if (link.service === "dhcp" && !proxy && bootItemOf(message, client) === undefined) {
      this.#admit(request, sender, undefined);
      return;
    }
    const { machines, snooped, events } = this.#parts;
    if (link.service === "boot-server") {
      events.publish({ kind: "boot-asked", machine: new RequestMachine(request, client), peer: request.source });
    }
    const boot = decideBoot(message, client, link.service, menu?.items);
    if (link.service === "dhcp" && proxy && isFirmware(client) && this.#addresses.heard(message, client.mac)) {
      events.publish({ kind: "addresses-missing", machine: new RequestMachine(request, client) });
    }
    const taken = proxy && machines.knows(client.mac) ? takenAddress(message) : UNSPECIFIED;
    if (taken !== UNSPECIFIED) snooped.note(taken, client.mac);
    if (boot.kind !== "pass") this.#boot(request, sender, boot);
    else events.publish({ kind: "dhcp-left", machine: new RequestMachine(request, client), cause: boot.cause });
  }

  /**
   * Drops requests from an impossible source on the boot server port: there an answer goes back to the source address,
   * never to a broadcast.
   */
  #boot(request: Request, sender: Sender, boot: Place["boot"]): void {
    const { link, source } = request;
    const answerable = source.address === UNSPECIFIED || this.#order.scopes.isMachines(source.address);
    if (link.service === "dhcp" || answerable) this.#admit(request, sender, boot);
    else this.#ignore(request, sender.client, { code: "impossible-address", address: source.address });
  }

  #admit(request: Request, sender: Sender, boot: Place["boot"]): void {
    const place = this.#placeOf(request, sender.client, boot);
    if (place !== undefined) this.#admission.admit(request, sender, place);
  }

  /** Finds the networks of the machine's link; returns undefined where none is served, and reports why. */
  #placeOf(request: Request, client: Client, boot: Place["boot"]): Place | undefined {
    const networks = this.#order.scopes.choose(request, client);
    if (networks instanceof Refusal) {
      this.#ignore(request, client, networks.cause);
      return undefined;
    }
    return placeIn(networks[0], networks, request, client, boot);
  }

  #answer(served: Served): void {
    const { request, machine, place } = served;
    const { message, link, source } = request;
    const { mac } = machine.client;
    this.#offers.note(message, machine);
    const heard = place.boot === undefined ? UNSPECIFIED : heardAddress(message, link.service, source);
    if (heard !== UNSPECIFIED) this.#parts.snooped.note(heard, mac);
    const answer = this.#answerer.answer(served);
    if (answer instanceof Promise) {
      const sent = answer.then(
        (kept) => {
          if (kept !== undefined) this.#send(served, kept);
        },
        (error: unknown) => {
          this.#lost(served, asError(error));
        },
      );
      void link.openDuring(sent);
    } else if (answer !== undefined) this.#send(served, answer);
  }

  #send(served: Served, answer: Answer): void {
    const { request, machine } = served;
    this.#parts.explainer?.answered(served, answer);
    if (this.#order.settings.dryRun) return;
    this.#delayed.send(machine.quirks.replyDelaySeconds ?? 0, () => {
      request.link.send(answer);
    });
  }

  #lost({ request, machine: { client } }: Served, { code, message }: NodeJS.ErrnoException): void {
    const machine = new RequestMachine(request, client);
    this.#parts.events.publish({ kind: "lease-lost", machine, cause: { code: "not-kept", error: code, message } });
  }

  #ignore(request: Request, client: Client, cause: DhcpCause): void {
    const machine = new RequestMachine(request, client);
    this.#parts.events.publish({ kind: "dhcp-ignored", machine, cause, grave: false });
  }

  #fail(error: unknown): void {
    this.#parts.events.publish({ kind: "failed", where: "answering a DHCP request", error: asError(error) });
  }
}

/** Returns the cause by which a message must not be answered, or undefined. */
function flawOf({ op }: Message, { mac }: Client): PacketCause | undefined {
  if (op !== BOOTREQUEST) return { code: "not-a-request" };
  return mac === "" ? { code: "no-hardware-address" } : undefined;
}
