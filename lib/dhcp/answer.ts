import type { Stage } from "../access/access.js";
import type { BootNotice, EventBus, Machine } from "../events.js";
import type { Holder, Leases } from "../leases/leases.js";
import type { IdentifierList } from "../access/list.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { macToInteger, type Mac } from "../net/mac.js";
import type { Datagram, Endpoint } from "../net/udp.js";
import { bootFileFor, describeArchitecture } from "./architecture.js";
import { isFirmware, type Client } from "./client.js";
import { decide } from "./decide.js";
import { destinationOf } from "./destination.js";
import { leaseSecondsFor } from "./lease-time.js";
import type { MachineState } from "./machines.js";
import { encodeMessage, MessageType, type Message } from "./message.js";
import { Code } from "./options.js";
import { relayNotes } from "./relay.js";
import { buildReply, type NetworkFacts, type ReplyContent } from "./reply.js";

/** What answers go by. */
export interface AnswerSettings {
  readonly facts: NetworkFacts;
  /** For how long an address that a machine found in use is left alone. */
  readonly declineSeconds: number;
  /** Whether what is not known here is wrong. */
  readonly authoritative: boolean;
  readonly serverPort: number;
  readonly bootFiles: ReadonlyMap<number | "default", string>;
  /** The boot file of machines for which `bootFiles` has none. */
  readonly fallbackBootFile: string | undefined;
  /** Machines that hear only 255.255.255.255. */
  readonly broadcastOnly: IdentifierList;
  /** The size of a boot file in octets, where it is known by now. */
  readonly sizeOf: (bootFile: string) => number | undefined;
}

const EXHAUSTED = "no address is left: the pool (pool_count) is exhausted and the machine is not in [static_dhcp]";

/** A request of a machine that may be served. */
export interface Served {
  readonly message: Message;
  readonly client: Client;
  readonly source: Endpoint;
  readonly stage: Stage;
  readonly state: MachineState;
}

/** A reply, and where it goes. */
export interface Answer extends Datagram {
  /** The machine to send it to in a frame; undefined where the system finds the way to the peer. */
  readonly mac: Mac | undefined;
}

/** Decides what a request gets, does to the leases what that means, tells the events, and makes the reply. */
export class Answerer {
  readonly #settings: AnswerSettings;
  readonly #leases: Leases;
  readonly #events: EventBus;
  readonly #frames: boolean;

  /** @param frames whether frames can be sent to a hardware address */
  constructor(settings: AnswerSettings, leases: Leases, events: EventBus, frames: boolean) {
    this.#settings = settings;
    this.#leases = leases;
    this.#events = events;
    this.#frames = frames;
  }

  /**
   * @returns the reply; undefined where there is none to send; a promise where the lease has to be kept before, which is
   * rejected where that fails
   */
  answer(request: Served): Answer | Promise<Answer> | undefined {
    const { message } = request;
    const { facts, authoritative } = this.#settings;
    const { serverAddress, subnet } = facts;
    const { serverIdentifier = serverAddress } = relayNotes(message);
    const holder = this.#holderOf(request);
    const serverIdentifiers = [serverIdentifier, serverAddress];
    const context = { leases: this.#leases.table, subnet, serverIdentifiers, authoritative };
    const decision = decide(message, holder.owner, context);
    const machine = machineOf(request);
    switch (decision.kind) {
      case "offer":
        return this.#offer(request, holder, decision.requested);
      case "acknowledge":
        return this.#lease(request, holder, decision.address, MessageType.ack);
      case "bootp":
        return this.#bootp(request, holder);
      case "refuse": {
        const { address, reason } = decision;
        this.#events.publish({ kind: "dhcp-refused", machine, address, reason });
        return this.#reply(request, { type: MessageType.nak, yiaddr: UNSPECIFIED, message: reason });
      }
      case "inform":
        this.#events.publish({ kind: "dhcp-informed", machine, address: decision.address });
        return this.#reply(request, { type: MessageType.ack, yiaddr: UNSPECIFIED, hostName: request.state.hostName });
      case "release":
        if (this.#leases.release(holder, decision.address)) {
          this.#events.publish({ kind: "dhcp-released", machine, address: decision.address });
        } else this.#ignore(machine, "it releases an address that it does not hold (any more)", false);
        return undefined;
      case "decline":
        if (this.#leases.decline(holder, decision.address, this.#settings.declineSeconds)) {
          this.#events.publish({ kind: "dhcp-declined", machine, address: decision.address });
        } else this.#ignore(machine, "it declines an address that it was not given (any more)", false);
        return undefined;
      case "withdraw":
        this.#leases.table.withdraw(holder.owner);
        this.#ignore(machine, decision.reason, false);
        return undefined;
      case "ignore":
        this.#ignore(machine, decision.reason, false);
        return undefined;
    }
  }

  #offer(request: Served, { owner }: Holder, requested: Ipv4 | undefined): Answer | undefined {
    const machine = machineOf(request);
    const address = this.#leases.table.offer(owner, requested);
    if (address === undefined) {
      this.#ignore(machine, EXHAUSTED, true);
      return undefined;
    }
    const boot = this.#bootNotice(request);
    this.#events.publish({ kind: "dhcp-offered", machine, address, boot });
    return this.#reply(request, this.#content(request, MessageType.offer, address, boot));
  }

  /** @param type of the reply; undefined for a BOOTP reply */
  #lease(request: Served, holder: Holder, address: Ipv4, type: number | undefined): Answer | Promise<Answer> {
    const seconds = type === undefined ? Infinity : leaseSecondsFor(request.message, this.#settings.facts);
    const { renewed, done } = this.#leases.bind(holder, address, seconds);
    const confirm = (): Answer => {
      const boot = this.#bootNotice(request);
      const machine = machineOf(request);
      this.#events.publish({ kind: "dhcp-leased", machine, address, stage: request.stage, boot, renewed });
      return this.#reply(request, this.#content(request, type, address, boot));
    };
    return done === undefined ? confirm() : done.then(confirm);
  }

  /** RFC 1534 2: a BOOTP client is bound at once, since it will not ask again. */
  #bootp(request: Served, holder: Holder): Answer | Promise<Answer> | undefined {
    const { ciaddr } = request.message;
    const wanted = ciaddr === UNSPECIFIED ? undefined : ciaddr;
    const address = this.#leases.table.offer(holder.owner, wanted);
    if (address !== undefined) return this.#lease(request, holder, address, undefined);
    this.#ignore(machineOf(request), EXHAUSTED, true);
    return undefined;
  }

  #holderOf({ message, client, state }: Served): Holder {
    const told = message.options.get(Code.hostName)?.toString("utf8").replace(/\0.*$/s, "");
    return { owner: this.#leases.ownerOf(client), mac: client.mac, hostName: state.hostName ?? told };
  }

  #content(request: Served, type: number | undefined, yiaddr: Ipv4, boot: BootNotice): ReplyContent {
    const bootFile = boot !== undefined && "file" in boot ? boot.file : undefined;
    const size = bootFile === undefined ? undefined : this.#settings.sizeOf(bootFile);
    const bootFileBlocks = size === undefined ? undefined : Math.ceil(size / 512);
    return { type, yiaddr, hostName: request.state.hostName, bootFile, bootFileBlocks };
  }

  #bootNotice({ client, state }: Served): BootNotice {
    const { bootFiles, fallbackBootFile } = this.#settings;
    const file = state.file ?? bootFileFor(client.architecture, bootFiles, fallbackBootFile);
    if (file === undefined) return isFirmware(client) ? { noFile: noFileReason(client) } : undefined;
    if (client.kind === "http" && !/^https?:\/\//i.test(file)) {
      return { noFile: `it boots by HTTP and ${file} is no URL` };
    }
    return { file };
  }

  #reply(request: Served, content: ReplyContent): Answer {
    const { facts, serverPort, broadcastOnly } = this.#settings;
    const reply = buildReply(request.message, request.client, facts, content);
    const destination = destinationOf(reply, content.type, {
      serverPort,
      source: request.source,
      ciaddr: request.message.ciaddr,
      broadcastOnly: broadcastOnly.find(macToInteger(request.client.mac)) ?? false,
      frames: this.#frames,
    });
    return { payload: encodeMessage(reply), ...destination };
  }

  #ignore(machine: Machine, reason: string, grave: boolean): void {
    this.#events.publish({ kind: "dhcp-ignored", machine, reason, grave });
  }
}

/** The machine of a request, with what was remembered of it where the request itself does not say. */
function machineOf({ client, state }: Served): Machine {
  return { mac: client.mac, uuid: client.uuid ?? state.uuid, architecture: client.architecture, kind: client.kind };
}

function noFileReason({ architecture }: Client): string {
  if (architecture === undefined) return "[bootfile] has no default";
  return `[bootfile] has no entry for architecture ${describeArchitecture(architecture)}`;
}
