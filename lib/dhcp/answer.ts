import type { Origin } from "../config/origin.js";
import type { EventBus, Machine } from "../events/event.js";
import { RELEASED_SECONDS } from "../leases/lease-table.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import { addressOriginOf, hostNameOriginOf } from "./answer-origins.js";
import { bootContentOf, choiceFor, noticeOf, type BootSettings } from "./boot-answer.js";
import type { BootChoice } from "../boot/choice.js";
import type { BootContent } from "./boot-options.js";
import type { Conflicts } from "./conflicts.js";
import { decideMeanwhile } from "./not-known-yet.js";
import { decide, type Decision, type DecisionContext, type LeaseView } from "./decide.js";
import type { BootDecision } from "./decide-boot.js";
import { leaseSecondsFor } from "./lease-time.js";
import type { Answer } from "./link.js";
import { MessageType } from "./message.js";
import { reportLease } from "./one-shot.js";
import { replyContent, type ReplyContent } from "./reply-content.js";
import { replyTo, type WaySettings } from "./reply-way.js";
import type { Scopes } from "./scopes.js";
import type { SharedKeys } from "./shared-keys.js";
import { factsOf, holderOf, hostNameOf, inEachNetwork, isDirect, machineOf, past, type Served } from "./served.js";

/** The settings of an {@link Answerer}. */
export interface AnswerSettings extends BootSettings, WaySettings {
  /** All addresses of this server; a client may use any of them as server identifier. */
  readonly addresses: readonly Ipv4[];
  /** Returns what probes an interface for addresses in use before they are offered; undefined without probing. */
  readonly conflicts: (interfaceName: string) => Conflicts | undefined;
  /** Seconds for which a declined address is not offered. */
  readonly declineSeconds: number;
  /** Whether this is the only server of its networks, so that unknown addresses are refused. */
  readonly authoritative: boolean;
}

/** Number of addresses found in use after which a machine gets no offer until it asks again. */
const MOST_CONFLICTS = 3;

/** An address held for a machine in one of the networks of its link. */
interface Held {
  readonly served: Served;
  readonly address: Ipv4;
  /** The address the machine had there before. */
  readonly former: Ipv4 | undefined;
}

type Offered = Answer | Promise<Answer | undefined> | undefined;

/** Decides what a request gets, updates the leases, publishes the events, and builds the reply. */
export class Answerer {
  readonly #settings: AnswerSettings;
  readonly #scopes: Scopes;
  readonly #events: EventBus;
  readonly #sharedKeys: SharedKeys;
  readonly #explained: boolean;

  /** @param explained whether answers carry the origins of their values */
  constructor(settings: AnswerSettings, scopes: Scopes, events: EventBus, sharedKeys: SharedKeys, explained = false) {
    this.#settings = settings;
    this.#scopes = scopes;
    this.#events = events;
    this.#sharedKeys = sharedKeys;
    this.#explained = explained;
  }

  /**
   * Answers a request.
   *
   * @returns the reply; undefined where none is to be sent; a promise where the lease must be on disk first or the
   *   address is being probed. The promise is rejected if the lease cannot be kept.
   */
  answer(served: Served): Answer | Promise<Answer | undefined> | undefined {
    const { boot, scope, key } = served.place;
    if (boot !== undefined) return this.#answerBoot(served, boot);
    const { leases } = scope;
    const decision = this.#decide(served);
    const holder = holderOf(served);
    const machine = machineOf(served.machine);
    switch (decision.kind) {
      case "offer":
        this.#watchKey(served);
        return this.#offer(served, decision.requested);
      case "acknowledge":
        this.#watchKey(served, decision.address);
        return this.#lease(served, decision.address, MessageType.ack);
      case "bootp":
        return this.#bootp(served);
      case "refuse": {
        const { address, reason } = decision;
        // The client stops using the address when it receives the DHCPNAK (RFC 2131 4.4.5).
        if (leases.table.hasLost(key, address)) leases.release(holder, address);
        this.#events.publish({ kind: "dhcp-refused", machine, address, reason });
        return this.#reply(served, { type: MessageType.nak, yiaddr: UNSPECIFIED, message: reason });
      }
      case "inform":
        this.#events.publish({ kind: "dhcp-informed", machine, address: decision.address });
        return this.#reply(past(served), {
          type: MessageType.ack,
          yiaddr: UNSPECIFIED,
          hostName: hostNameOf(served.machine),
          hostNameOrigin: this.#hostNameOrigin(served),
        });
      case "release":
        if (leases.release(holder, decision.address, served.machine.stage === "firmware" ? RELEASED_SECONDS : 0)) {
          this.#events.publish({ kind: "dhcp-released", machine, address: decision.address });
        } else this.#ignore(machine, "it releases an address that it does not hold (any more)", false);
        return undefined;
      case "decline":
        if (leases.decline(holder, decision.address, this.#settings.declineSeconds)) {
          this.#events.publish({ kind: "dhcp-declined", machine, address: decision.address });
        } else this.#ignore(machine, "it declines an address that it was not given (any more)", false);
        return undefined;
      case "withdraw":
        leases.table.withdraw(holder.key);
        this.#ignore(machine, decision.reason, false, decision.server);
        return undefined;
      case "ignore":
        this.#ignore(machine, decision.reason, false);
        return undefined;
    }
  }

  #decide(served: Served): Decision {
    const { request, machine, place } = served;
    const decision = decide(request.message, place.key, this.#contextOf(served));
    const { notKnown: reason } = machine;
    if (reason === undefined) return decision;
    const { table } = place.scope.leases;
    return decideMeanwhile(decision, {
      reason,
      isKnown: machine.host !== undefined,
      isFirmware: machine.stage === "firmware",
      bound: table.boundAddressOf(place.key),
      own: table.addressOf(place.key),
    });
  }

  /** Returns the context of the decision. The server identifier of the relay agent comes first (RFC 5107). */
  #contextOf({ request: { link, notes, source }, place: { scope } }: Served): DecisionContext {
    const { addresses, authoritative } = this.#settings;
    const serverIdentifiers = [notes.serverIdentifier ?? link.address, ...addresses];
    const { leases, subnet } = scope;
    const isOthers = (address: Ipv4): boolean => this.#scopes.isOthers(address);
    return { leases: leases.table, subnet, source: source.address, isOthers, serverIdentifiers, authoritative };
  }

  #offer(served: Served, requested: Ipv4 | undefined, tries = MOST_CONFLICTS): Offered {
    const held = this.#hold(served, requested);
    if (held === undefined) return undefined;
    const { address, former, served: here } = held;
    // Only a new address is probed: the machine may use its own already, and a reservation is never withheld.
    const isNew = address !== former || here.place.scope.leases.table.isOffered(here.place.key);
    const conflicts = this.#settings.conflicts(here.request.link.interfaceName);
    const asked = isNew && isDirect(here.request) ? conflicts?.otherUser(address, here.machine.client.mac) : undefined;
    if (asked === undefined) return this.#offered(here, address, former);
    return asked.then((user) =>
      user === undefined ? this.#offered(here, address, former) : this.#offerAnother(here, address, user, tries),
    );
  }

  /** Holds an address in the first network of the link that has one for the machine. */
  #hold(served: Served, wanted: Ipv4 | undefined): Held | undefined {
    for (const here of inEachNetwork(served)) {
      const { scope, key } = here.place;
      const former = scope.leases.table.addressOf(key);
      const address = scope.leases.offer({ key, mac: here.machine.client.mac }, wanted);
      if (address !== undefined) return { served: here, address, former };
    }
    this.#regret(served);
    return undefined;
  }

  /** Declines an address found in use and offers another one (RFC 2131 3.1). */
  #offerAnother(served: Served, address: Ipv4, user: Mac, tries: number): Offered {
    const machine = machineOf(served.machine);
    served.place.scope.leases.decline(holderOf(served), address, this.#settings.declineSeconds);
    this.#events.publish({ kind: "address-in-use", machine, address, user });
    if (tries > 1) return this.#offer(served, undefined, tries - 1);
    this.#ignore(machine, `each of ${MOST_CONFLICTS} addresses that were free is in use`, true);
    return undefined;
  }

  #offered(served: Served, address: Ipv4, former: Ipv4 | undefined): Answer {
    const machine = machineOf(served.machine);
    const choice = this.#choose(served);
    const otherCard = otherCardOf(served, address);
    this.#events.publish({ kind: "dhcp-offered", machine, address, boot: noticeOf(choice), otherCard });
    return this.#reply(served, this.#content(served, MessageType.offer, address, former, choice));
  }

  /**
   * Binds an address and confirms it once the lease is kept.
   *
   * @param type of the reply; undefined for a BOOTP reply
   */
  #lease(served: Served, address: Ipv4, type: number | undefined): Answer | Promise<Answer> {
    const holder = holderOf(served);
    const seconds = type === undefined ? Infinity : leaseSecondsFor(served.request.message, factsOf(served));
    const { renewed, from, done } = served.place.scope.leases.bind(holder, address, seconds);
    const confirm = (): Answer => {
      // A machine uses one address per link: end its leases in the other networks.
      for (const other of inEachNetwork(served)) {
        if (other.place.scope !== served.place.scope) other.place.scope.leases.leave(holderOf(other));
      }
      const choice = this.#choose(served);
      const [machine, boot] = [machineOf(served.machine), noticeOf(choice)];
      this.#events.publish({ kind: "dhcp-leased", machine, address, stage: served.machine.stage, boot, renewed, from });
      if (type === MessageType.ack) reportLease(served, this.#settings.once, this.#events);
      return this.#reply(served, this.#content(served, type, address, address, choice));
    };
    return done === undefined ? confirm() : done.then(confirm);
  }

  /** Reports clients that share a hardware address, and so a lease where leases go by hardware address. */
  #watchKey(served: Served, address?: Ipv4): void {
    const { request, machine, place } = served;
    const { leases } = place.scope;
    if (leases.key !== "mac" || leases.table.isReserved(place.key)) return;
    const identifiers = this.#sharedKeys.heard(request.message, machine.client);
    if (identifiers === undefined || address === undefined) return;
    this.#events.publish({ kind: "key-shared", machine: machineOf(machine), address, identifiers });
  }

  /** Binds a BOOTP client at once, since it does not ask again (RFC 1534 2). */
  #bootp(served: Served): Answer | Promise<Answer> | undefined {
    const { ciaddr } = served.request.message;
    const held = this.#hold(served, ciaddr === UNSPECIFIED ? undefined : ciaddr);
    return held && this.#lease(held.served, held.address, undefined);
  }

  /** Answers firmware that gets its address elsewhere, or that has chosen from a menu. */
  #answerBoot(served: Served, decision: Exclude<BootDecision, { kind: "pass" }>): Answer | undefined {
    const machine = machineOf(served.machine);
    const choice = this.#choose(served);
    const content: BootContent = bootContentOf(served, choice, this.#settings);
    if (choice.kind === "nothing" && content.menuLabel === undefined) {
      this.#ignore(machine, choice.reason ?? "there is nothing for it to boot", false);
      return undefined;
    }
    const how = ({ offer: "offer", acknowledge: "answer", item: "item" } as const)[decision.kind];
    this.#events.publish({ kind: "boot-told", machine, boot: noticeOf(choice), how });
    const type = decision.kind === "offer" ? MessageType.offer : MessageType.ack;
    return this.#reply(served, { ...content, type, yiaddr: UNSPECIFIED, proxied: true });
  }

  /** @param former the address that the machine had before */
  #content(
    served: Served,
    type: number | undefined,
    yiaddr: Ipv4,
    former: Ipv4 | undefined,
    choice: BootChoice,
  ): ReplyContent {
    const boot = bootContentOf(served, choice, this.#settings);
    return replyContent(boot, type, yiaddr, {
      hostName: hostNameOf(served.machine),
      hostNameOrigin: this.#hostNameOrigin(served),
      addressOrigin: this.#explained ? addressOriginOf(served, yiaddr, former) : undefined,
    });
  }

  #hostNameOrigin({ machine }: Served): Origin | undefined {
    return this.#explained ? hostNameOriginOf(machine) : undefined;
  }

  #choose(served: Served): BootChoice {
    return choiceFor(served, this.#settings);
  }

  #reply(served: Served, content: ReplyContent): Answer {
    return replyTo(served, content, this.#settings, this.#scopes, this.#explained);
  }

  /** Reports an exhausted pool (conformance A32): each request is logged, but a warning is due only now and then. */
  #regret(served: Served): void {
    const { networks, scope } = served.place;
    const { exhaustion } = scope;
    const names = networks.map(({ subnet }) => subnet.toString()).join(" and ");
    const card = otherCardOf(served);
    const own =
      card === undefined
        ? "the machine is not in [static_dhcp] or [hosts]"
        : `${formatIpv4(card.address)} is in use by another card of its machine, ${card.key}`;
    const reason = `no address is left in ${names}: the pool (pool_count) is exhausted and ${own}`;
    this.#ignore(machineOf(served.machine), reason, exhaustion.due());
  }

  /**
   * Publishes that a request gets no answer.
   *
   * @param server the server whose offer the machine took, if any
   */
  #ignore(machine: Machine, reason: string, grave: boolean, server?: Ipv4): void {
    this.#events.publish({ kind: "dhcp-ignored", machine, reason, grave, ...(server !== undefined && { server }) });
  }
}

/**
 * Returns the other card of the machine that holds the address reserved for both, unless this card gets that address.
 */
function otherCardOf(served: Served, address?: Ipv4): ReturnType<LeaseView["otherHolder"]> {
  for (const { place } of inEachNetwork(served)) {
    const other = place.scope.leases.table.otherHolder(place.key);
    if (other !== undefined && other.address !== address) return other;
  }
  return undefined;
}
