import type { Stage } from "../access/access.js";
import type { BootNotice, EventBus, Machine } from "../events.js";
import type { IdentifierList } from "../access/list.js";
import type { Owner } from "../leases/lease.js";
import type { Holder } from "../leases/leases.js";
import { describeOrigins, type Host } from "../hosts/host.js";
import type { ChainSettings } from "../ipxe/chainload.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { macToInteger, type Mac } from "../net/mac.js";
import type { Endpoint } from "../net/udp.js";
import type { Menu } from "../config/menu.js";
import { chooseBoot, type BootChoice } from "./boot-choice.js";
import type { BootContent } from "./boot-options.js";
import type { Client } from "./client.js";
import type { Conflicts } from "./conflicts.js";
import { decide, type DecisionContext } from "./decide.js";
import type { BootDecision } from "./decide-boot.js";
import { destinationOf, type Destination } from "./destination.js";
import { factsFor } from "./host-facts.js";
import { leaseSecondsFor } from "./lease-time.js";
import type { Answer, Link } from "./link.js";
import type { MachineState } from "./machines.js";
import { encodeMessage, MessageType, type Message } from "./message.js";
import { Code } from "./options.js";
import type { Treated } from "./profile.js";
import type { RelayNotes } from "./relay.js";
import { buildReply, type NetworkFacts, type ReplyContent } from "./reply.js";
import type { Scope } from "./scope.js";

/** What answers go by. */
export interface AnswerSettings {
  /** Every address of this server: a client may mean it by any of them. */
  readonly addresses: readonly Ipv4[];
  /** What looks whether an address is in use on an interface before it is offered, where that is wanted. */
  readonly conflicts: (interfaceName: string) => Conflicts | undefined;
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
  /** What there is for iPXE. */
  readonly chain: ChainSettings;
  /** What PXE firmware may choose from. */
  readonly menu: Menu | undefined;
  /** Where our files are by HTTP, for machines that reach us at this address; undefined where HTTP is off. */
  readonly webRoot: (address: Ipv4) => string | undefined;
  /** The size of a boot file in octets, where it is known by now. */
  readonly sizeOf: (bootFile: string) => number | undefined;
}

/** How many addresses that somebody uses one machine is not offered before it is left to ask again. */
const MOST_CONFLICTS = 3;

type Offered = Answer | Promise<Answer | undefined> | undefined;

/** A request of a machine that may be served. */
export interface Served {
  readonly message: Message;
  readonly client: Client;
  /** What the machine's kind needs. */
  readonly treated: Treated;
  /** What is to be told where only booting is asked for; undefined where an address is. */
  readonly boot: Exclude<BootDecision, { kind: "pass" }> | undefined;
  readonly source: Endpoint;
  /** Where it came in, and its answer leaves. */
  readonly link: Link;
  readonly notes: RelayNotes;
  /** The network that the machine is on. */
  readonly scope: Scope;
  /** By which name the machine holds its lease there. */
  readonly owner: Owner;
  readonly stage: Stage;
  readonly state: MachineState;
  /** What is known of the machine beforehand. */
  readonly host: Host | undefined;
}

/** What an answer goes by beside the request: what is known of its machine. */
type Findings = Pick<Served, "stage" | "state" | "host">;

/** A request with what is known of its machine. Written out, since copying by `...` is slow and each packet needs it. */
export function servedAs(request: Omit<Served, keyof Findings>, { stage, state, host }: Findings): Served {
  const { message, client, treated, boot, source, link, notes, scope, owner } = request;
  return { message, client, treated, boot, source, link, notes, scope, owner, stage, state, host };
}

/** Decides what a request gets, does to the leases what that means, tells the events, and makes the reply. */
export class Answerer {
  readonly #settings: AnswerSettings;
  readonly #events: EventBus;

  constructor(settings: AnswerSettings, events: EventBus) {
    this.#settings = settings;
    this.#events = events;
  }

  /**
   * @returns the reply; undefined where there is none to send; a promise where the lease has to be kept before, which is
   * rejected where that fails, or somebody may use the address that is to be offered
   */
  answer(request: Served): Answer | Promise<Answer | undefined> | undefined {
    const { message, scope, owner, boot } = request;
    if (boot !== undefined) return this.#answerBoot(request, boot);
    const { leases } = scope;
    const decision = decide(message, owner, this.#contextOf(request));
    const holder = holderOf(request);
    const machine = machineOf(request);
    switch (decision.kind) {
      case "offer":
        return this.#offer(request, decision.requested);
      case "acknowledge":
        return this.#lease(request, holder, decision.address, MessageType.ack);
      case "bootp":
        return this.#bootp(request, holder);
      case "refuse": {
        const { address, reason } = decision;
        // It stops to use the address when it hears this (RFC 2131 4.4.5).
        if (leases.table.hasLost(owner, address)) leases.release(holder, address);
        this.#events.publish({ kind: "dhcp-refused", machine, address, reason });
        return this.#reply(request, { type: MessageType.nak, yiaddr: UNSPECIFIED, message: reason });
      }
      case "inform":
        this.#events.publish({ kind: "dhcp-informed", machine, address: decision.address });
        return this.#reply(past(request), {
          type: MessageType.ack,
          yiaddr: UNSPECIFIED,
          hostName: hostNameOf(request),
        });
      case "release":
        if (leases.release(holder, decision.address)) {
          this.#events.publish({ kind: "dhcp-released", machine, address: decision.address });
        } else this.#ignore(machine, "it releases an address that it does not hold (any more)", false);
        return undefined;
      case "decline":
        if (leases.decline(holder, decision.address, this.#settings.declineSeconds)) {
          this.#events.publish({ kind: "dhcp-declined", machine, address: decision.address });
        } else this.#ignore(machine, "it declines an address that it was not given (any more)", false);
        return undefined;
      case "withdraw":
        leases.table.withdraw(holder.owner);
        this.#ignore(machine, decision.reason, false);
        return undefined;
      case "ignore":
        this.#ignore(machine, decision.reason, false);
        return undefined;
    }
  }

  /** What the decision is made from beside the message: what a relay agent is to be taken for comes first (RFC 5107). */
  #contextOf({ scope, link, notes, source }: Served): DecisionContext {
    const { addresses, authoritative } = this.#settings;
    const serverIdentifiers = [notes.serverIdentifier ?? link.address, ...addresses];
    const { leases, subnet } = scope;
    return { leases: leases.table, subnet, source: source.address, serverIdentifiers, authoritative };
  }

  #offer(request: Served, requested: Ipv4 | undefined, tries = MOST_CONFLICTS): Offered {
    const { scope, owner, client } = request;
    const { table } = scope.leases;
    const former = table.addressOf(owner);
    const address = table.offer(owner, requested);
    if (address === undefined) {
      this.#regret(request);
      return undefined;
    }
    // What a machine has or had it may use already, and what is reserved is the operator's word.
    const isNew = address !== former || table.isOffered(owner);
    const conflicts = this.#settings.conflicts(request.link.interfaceName);
    const asked = isNew && isDirect(request) ? conflicts?.otherUser(address, client.mac) : undefined;
    if (asked === undefined) return this.#offered(request, address);
    return asked.then((user) =>
      user === undefined ? this.#offered(request, address) : this.#offerAnother(request, address, user, tries),
    );
  }

  /** RFC 2131 3.1: an address that somebody uses is set aside, and the machine is offered another one. */
  #offerAnother(request: Served, address: Ipv4, user: Mac, tries: number): Offered {
    const machine = machineOf(request);
    request.scope.leases.decline(holderOf(request), address, this.#settings.declineSeconds);
    this.#events.publish({ kind: "address-in-use", machine, address, user });
    if (tries > 1) return this.#offer(request, undefined, tries - 1);
    this.#ignore(machine, `each of ${MOST_CONFLICTS} addresses that were free is in use`, true);
    return undefined;
  }

  #offered(request: Served, address: Ipv4): Answer {
    const machine = machineOf(request);
    const choice = this.#choose(request);
    this.#events.publish({ kind: "dhcp-offered", machine, address, boot: noticeOf(choice) });
    return this.#reply(request, this.#content(request, MessageType.offer, address, choice));
  }

  /** @param type of the reply; undefined for a BOOTP reply */
  #lease(request: Served, holder: Holder, address: Ipv4, type: number | undefined): Answer | Promise<Answer> {
    const seconds = type === undefined ? Infinity : leaseSecondsFor(request.message, factsOf(request));
    const { renewed, done } = request.scope.leases.bind(holder, address, seconds);
    const confirm = (): Answer => {
      const choice = this.#choose(request);
      const [machine, boot] = [machineOf(request), noticeOf(choice)];
      this.#events.publish({ kind: "dhcp-leased", machine, address, stage: request.stage, boot, renewed });
      return this.#reply(request, this.#content(request, type, address, choice));
    };
    return done === undefined ? confirm() : done.then(confirm);
  }

  /** RFC 1534 2: a BOOTP client is bound at once, since it will not ask again. */
  #bootp(request: Served, holder: Holder): Answer | Promise<Answer> | undefined {
    const { ciaddr } = request.message;
    const wanted = ciaddr === UNSPECIFIED ? undefined : ciaddr;
    const address = request.scope.leases.table.offer(holder.owner, wanted);
    if (address !== undefined) return this.#lease(request, holder, address, undefined);
    this.#regret(request);
    return undefined;
  }

  /** To firmware that has its address, or gets it, from elsewhere, or has chosen from a menu. */
  #answerBoot(request: Served, decision: Exclude<BootDecision, { kind: "pass" }>): Answer | undefined {
    const machine = machineOf(request);
    const choice = this.#choose(request);
    const content: BootContent = this.#bootContent(request, choice);
    if (choice.kind === "nothing" && content.menuLabel === undefined) {
      this.#ignore(machine, choice.reason ?? "there is nothing for it to boot", false);
      return undefined;
    }
    const how = ({ offer: "offer", acknowledge: "answer", item: "item" } as const)[decision.kind];
    this.#events.publish({ kind: "boot-told", machine, boot: noticeOf(choice), how });
    const type = decision.kind === "offer" ? MessageType.offer : MessageType.ack;
    return this.#reply(request, { ...content, type, yiaddr: UNSPECIFIED, proxied: true });
  }

  #content(request: Served, type: number | undefined, yiaddr: Ipv4, choice: BootChoice): ReplyContent {
    return { ...this.#bootContent(request, choice), type, yiaddr, hostName: hostNameOf(request) };
  }

  #bootContent({ treated, message }: Served, choice: BootChoice): BootContent {
    const bootFile = choice.kind === "file" ? choice.file : undefined;
    const size = bootFile === undefined ? undefined : this.#settings.sizeOf(bootFile);
    return {
      bootFile,
      bootFileBlocks: size === undefined ? undefined : Math.ceil(size / 512),
      menu: choice.kind === "menu" ? choice.menu : undefined,
      bootItem: choice.kind === "file" ? choice.item : undefined,
      pxeStyle: treated.pxeStyle,
      menuLabel: treated.menuLabel,
      vendorClass: treated.vendorClass,
      nulTerminate: treated.nulTerminate ?? endsTexts(message),
    };
  }

  #choose({ client, state, scope, host, link, boot }: Served): BootChoice {
    const { bootFiles, fallbackBootFile: fallback, chain, menu, webRoot } = this.#settings;
    if (boot?.kind === "item") {
      const { item } = boot;
      const file = menu?.items.find(({ type }) => type === item.type)?.file;
      return file === undefined
        ? { kind: "nothing", reason: "the menu has no such item" }
        : { kind: "file", file, item };
    }
    return chooseBoot(client, {
      authorityFile: state.file,
      hostFile: host?.netboot.bootFile,
      forbidden: host?.netboot.allowPxe === false ? `allowPxe is false (${describeOrigins(host)})` : undefined,
      subnetFile: scope.bootFile,
      chain,
      menu,
      bootFiles,
      fallback,
      webRoot: webRoot(link.address),
    });
  }

  #reply(request: Served, content: ReplyContent): Answer {
    const reply = buildReply(request.message, request.client, factsOf(request), content);
    return { payload: encodeMessage(reply), ...this.#destinationOf(request, reply, content.type) };
  }

  #destinationOf(
    { boot, client, treated, source, link, message, notes }: Served,
    reply: Message,
    type: number | undefined,
  ): Destination {
    const { serverPort, broadcastOnly } = this.#settings;
    // Who asks a boot server has an address, and is answered where it asked from and nowhere else.
    const asked = boot !== undefined && boot.kind !== "offer" && source.address !== UNSPECIFIED;
    if (asked) return { peer: source, mac: undefined };
    return destinationOf(reply, type, {
      serverPort,
      source,
      ciaddr: message.ciaddr,
      broadcastOnly: treated.broadcast ?? broadcastOnly.find(macToInteger(client.mac)) ?? false,
      frames: link.hasFrames,
      relayPort: notes.ownPort,
    });
  }

  /** A32: no answer; a warning now and then, though every machine has its line. */
  #regret(request: Served): void {
    const { subnet, exhaustion } = request.scope;
    const reason = `no address is left in ${subnet.toString()}: the pool (pool_count) is exhausted and the machine is not in [static_dhcp] or [hosts]`;
    this.#ignore(machineOf(request), reason, exhaustion.due());
  }

  #ignore(machine: Machine, reason: string, grave: boolean): void {
    this.#events.publish({ kind: "dhcp-ignored", machine, reason, grave });
  }
}

/** Whether the machine is on the link itself, where ARP reaches it. */
function isDirect({ message }: Served): boolean {
  return message.giaddr === UNSPECIFIED;
}

function holderOf(request: Served): Holder {
  const { message, client, owner } = request;
  const told = message.options.get(Code.hostName)?.toString("utf8").replace(/\0.*$/s, "");
  return { owner, mac: client.mac, hostName: hostNameOf(request) ?? told };
}

/** What the authority calls the machine, else what it is known as. */
function hostNameOf({ state, host }: Served): string | undefined {
  return state.hostName ?? host?.hostName;
}

/** What the machine is told of its network, by us as its relay agent names us (RFC 5107). */
function factsOf({ scope, link, host, notes: { serverIdentifier } }: Served): NetworkFacts {
  const facts = host === undefined ? scope.facts(link) : factsFor(host, scope.facts(link));
  return serverIdentifier === undefined ? facts : { ...facts, serverIdentifier };
}

/** The machine of a request, with what was remembered of it where the request itself does not say. */
function machineOf({ client, state }: Served): Machine {
  return { mac: client.mac, uuid: client.uuid ?? state.uuid, architecture: client.architecture, kind: client.kind };
}

/** RFC 2131 4.3.5: who has an address is told there what it asked for, past the relay agent that it went through. */
function past(request: Served): Served {
  const { message } = request;
  if (message.ciaddr === UNSPECIFIED) return request;
  const options = new Map(message.options);
  options.delete(Code.relayAgentInformation);
  return { ...request, message: { ...message, giaddr: UNSPECIFIED, options } };
}

/** Whether a client ends its own texts with a NUL: such a one expects the same of ours (dnsmasq, rfc2131.c). */
function endsTexts({ options }: Message): boolean {
  return [Code.hostName, Code.vendorClass].some((code) => options.get(code)?.at(-1) === 0);
}

/** What the log is told of a choice; the client that is no firmware, and gets nothing, is not worth a word. */
function noticeOf(choice: BootChoice): BootNotice {
  switch (choice.kind) {
    case "file":
      return { file: choice.file };
    case "menu":
      return { menu: choice.menu.items.map(({ label }) => label) };
    case "nothing":
      return choice.reason === undefined ? undefined : { noFile: choice.reason, meant: choice.meant ?? false };
  }
}
