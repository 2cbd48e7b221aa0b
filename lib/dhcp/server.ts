import type { Verdict } from "../access/access.js";
import type { Stage } from "../machine/stage.js";
import { onCommit, combine, type Transaction } from "../common/transaction.js";
import type { EventBus } from "../events/event.js";
import { describeOrigins, type Host } from "../inventory/host.js";
import { DecodeError } from "../common/byte-reader.js";
import { asError } from "../common/error.js";
import type { Clock } from "../common/clock.js";
import { formatIpv4, UNSPECIFIED } from "../net/ipv4.js";
import type { Datagram, UdpNetwork } from "../os/udp.js";
import { AddressWatch } from "./address-watch.js";
import { Answerer } from "./answer.js";
import { classify } from "./classify.js";
import { isFirmware, type Client } from "../machine/client.js";
import { bootItemOf, decideBoot } from "./decide-boot.js";
import { DelayedAnswers } from "./delayed-answers.js";
import { FirmwareOffers, type Recognised } from "./firmware-offers.js";
import { openPlainly, type Answer, type Link } from "./link.js";
import { Links } from "./links.js";
import { stageOf, type MachineRecord, type MachineTable } from "../machine/records.js";
import { BOOTREQUEST, decodeMessage, givesUpAddress, messageType, MessageType, type Message } from "./message.js";
import type { DhcpOrder } from "./order.js";
import { relayNotes } from "./relay.js";
import { servedAs, type Served } from "./served.js";
import { SharedKeys } from "./shared-keys.js";
import { heardAddress, takenAddress, type SnoopedAddresses } from "./snooped-addresses.js";
import { SlowRequests } from "./slow-requests.js";

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
}

/** A request as received. */
type Heard = Pick<Served, "message" | "client" | "quirks" | "source" | "link"> & {
  readonly unicast: boolean;
};

/** A request before the server knows whether it may serve the machine. */
type Request = Omit<Served, "state" | "stage" | "host"> & Heard;

/** The inventory entry of a machine, or why it could not be looked up. */
type Known = { readonly host: Host | undefined } | { readonly trouble: string };

/** Answers BOOTP, DHCP and PXE requests: decodes, chooses the network, checks access, decides, answers. */
export class DhcpServer {
  readonly #parts: DhcpServerParts;
  #order: DhcpOrder;
  #answerer: Answerer;
  readonly #slow: SlowRequests;
  readonly #delayed: DelayedAnswers;
  readonly #links: Links;
  readonly #addresses: AddressWatch;
  readonly #offers = new FirmwareOffers();
  readonly #sharedKeys = new SharedKeys();

  constructor(parts: DhcpServerParts) {
    this.#parts = parts;
    this.#order = parts;
    this.#answerer = new Answerer(parts.settings, parts.scopes, parts.events, this.#sharedKeys);
    this.#delayed = new DelayedAnswers(parts.clock);
    this.#addresses = new AddressWatch(parts.clock);
    this.#slow = new SlowRequests((error) => {
      this.#fail(error);
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
      this.#answerer = new Answerer(settings, next.scopes, this.#parts.events, this.#sharedKeys);
    };
    return combine([onCommit(goByIt), change]);
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
      const { client, quirks } = this.#recognise(message);
      const flaw = flawOf(message, client);
      if (flaw === undefined) this.#sort({ message, client, quirks, source: peer, link, unicast });
      else events.publish({ kind: "packet-dropped", protocol: "DHCP", peer, reason: flaw });
    } catch (error) {
      if (error instanceof DecodeError) {
        events.publish({ kind: "packet-dropped", protocol: "DHCP", peer, reason: error.message });
      } else this.#fail(error);
    }
  }

  /** Identifies the client and the quirks of its kind. */
  #recognise(message: Message): Recognised {
    const client = classify(message);
    const firmware = this.#offers.takerOf(message, client);
    if (firmware !== undefined) return firmware;
    const quirks = this.#order.profiles.quirksOf(client);
    const { kind } = quirks;
    return { client: kind === undefined ? client : { ...client, kind }, quirks };
  }

  /** Separates boot-only requests from address requests, and passes over requests that another server is to answer. */
  #sort(heard: Heard): void {
    const { message, client, link } = heard;
    const { proxy, menu } = this.#order.settings;
    if (link.service === "dhcp" && !proxy && bootItemOf(message, client) === undefined) {
      this.#place(heard, undefined);
      return;
    }
    const { machines, snooped, events } = this.#parts;
    const boot = decideBoot(message, client, link.service, menu?.items);
    if (link.service === "dhcp" && proxy && isFirmware(client) && this.#addresses.heard(message, client.mac)) {
      events.publish({ kind: "addresses-missing", machine: client });
    }
    const taken = proxy && machines.knows(client.mac) ? takenAddress(message) : UNSPECIFIED;
    if (taken !== UNSPECIFIED) snooped.note(taken, client.mac);
    if (boot.kind !== "pass") this.#boot(heard, boot);
    else events.publish({ kind: "dhcp-left", machine: client, reason: boot.reason });
  }

  /**
   * Drops requests from an impossible source on the boot server port: there an answer goes back to the source address,
   * never to a broadcast.
   */
  #boot(heard: Heard, boot: Served["boot"]): void {
    const { client, link, source } = heard;
    const answerable = source.address === UNSPECIFIED || this.#order.scopes.isMachines(source.address);
    if (link.service === "dhcp" || answerable) this.#place(heard, boot);
    else this.#ignore(client, `it asks from ${formatIpv4(source.address)}, which no machine can have`);
  }

  #place(heard: Heard, boot: Served["boot"]): void {
    const request = this.#inItsNetwork(heard, boot);
    if (request !== undefined) this.#admit(request);
  }

  /** Finds the networks of the machine's link; returns undefined where none is served, and reports why. */
  #inItsNetwork(heard: Heard, boot: Served["boot"]): Request | undefined {
    const { message, client, quirks, source, link, unicast } = heard;
    const notes = relayNotes(message);
    const networks = this.#order.scopes.choose(message, notes, client, { link, unicast });
    if (typeof networks === "string") {
      this.#ignore(client, networks);
      return undefined;
    }
    const [scope] = networks;
    const key = scope.leases.keyOf(client);
    return { message, client, quirks, boot, source, link, unicast, notes, networks, scope, key };
  }

  /** Checks whether the machine may be served; answers at once if access and inventory answer synchronously. */
  #admit(request: Request): void {
    const { access, hosts, settings } = this.#order;
    const { message, client, scope, key } = request;
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
    if (this.#slow.holds(request)) return;
    const verdict = access.judge({
      mac: client.mac,
      uuid: client.uuid ?? state.uuid,
      stage,
      entering: stage !== state.stage,
      address: scope.leases.table.addressOf(key),
    });
    const found = hosts.find(client);
    if (!(verdict instanceof Promise) && !(found instanceof Promise)) {
      this.#proceed(request, stage, verdict, { host: found });
      return;
    }
    this.#slow.wait(request, Promise.all([verdict, knownLater(found)]), ([granted, known]) => {
      // Networks, leases and the key of the machine may have changed meanwhile.
      const current = this.#inItsNetwork(request, request.boot);
      if (current !== undefined) this.#proceed(current, stage, granted, known);
    });
  }

  /**
   * Returns the record of a machine. A machine without a record that has a lease from an earlier run counts as booted.
   */
  #stateOf({ client: { mac }, key, scope }: Request): MachineRecord {
    const { machines } = this.#parts;
    const state = machines.get(mac);
    return !machines.knows(mac) && scope.leases.table.isBound(key) ? { ...state, stage: "system" } : state;
  }

  #proceed(request: Request, stage: Stage, verdict: Verdict, known: Known): void {
    const { machines, events } = this.#parts;
    const { client } = request;
    const refuse = (reason: string): void => {
      machines.update(client.mac, { ...machines.get(client.mac), stage: undefined });
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
    // The boot file of an authority holds until the authority names another one or the machine restarts.
    const restarted = isFirmware(client) && former.stage !== stage;
    const state = machines.update(client.mac, {
      stage,
      uuid: client.uuid ?? former.uuid,
      architecture: client.architecture ?? former.architecture,
      hostName: verdict.hostName ?? former.hostName,
      file: verdict.file ?? (restarted ? undefined : former.file),
      quirks: isFirmware(client) ? request.quirks : former.quirks,
      isIpxe: client.ipxe !== undefined,
    });
    this.#answer(servedAs(request, { stage, state, host }));
  }

  #answer(served: Served): void {
    const { message, client, source, link, boot } = served;
    this.#offers.note(message, served);
    const heard = boot === undefined ? UNSPECIFIED : heardAddress(message, link.service, source);
    if (heard !== UNSPECIFIED) this.#parts.snooped.note(heard, client.mac);
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

  #send({ link, quirks: { replyDelaySeconds: delay = 0 } }: Served, answer: Answer): void {
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

/** Returns why a message must not be answered, or undefined. */
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
