import { asError } from "../common/error.js";
import type { BootCause } from "../events/causes/boot.js";
import { describeCause } from "../events/causes/describe.js";
import type { DhcpCause } from "../events/causes/dhcp.js";
import type { InventoryCause } from "../events/causes/inventory.js";
import type { EventBus, Machine } from "../events/event.js";
import type { Binding, Ending, Later } from "../leases/allocator.js";
import { isClientId } from "../machine/lease-key.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { noticeOf, type BootSettings } from "./boot-answer.js";
import { decideMeanwhile } from "./not-known-yet.js";
import { decide, type Decision, type DecisionContext } from "./decide.js";
import type { BootDecision } from "./decide-boot.js";
import { leaseSecondsFor } from "./lease-time.js";
import type { Answer } from "./link.js";
import { MessageType } from "./message.js";
import { reportLease } from "./one-shot.js";
import { Offers, type Held, type OfferSettings } from "./offers.js";
import { Replies } from "./replies.js";
import type { WaySettings } from "./reply-way.js";
import type { Scopes } from "./scopes.js";
import type { SharedKeys } from "./shared-keys.js";
import { factsOf, holderOf, machineOf, servedIn, type Served } from "./served.js";

/** The settings of an {@link Answerer}. */
export interface AnswerSettings extends BootSettings, WaySettings, OfferSettings {
  /** All addresses of this server; a client may use any of them as server identifier. */
  readonly addresses: readonly Ipv4[];
  /** Whether this is the only server of its networks, so that unknown addresses are refused. */
  readonly authoritative: boolean;
}

/** The outcome of a request: a reply, now or later, or none. */
type Outcome = Later<Answer | undefined>;

/** Decides what a request gets, updates the leases, publishes the events, and builds the reply. */
export class Answerer {
  readonly #settings: AnswerSettings;
  readonly #events: EventBus;
  readonly #sharedKeys: SharedKeys;
  readonly #replies: Replies;
  readonly #offers: Offers;
  readonly #isOthers: (address: Ipv4) => boolean;

  /** @param explained whether answers carry the origins of their values */
  constructor(settings: AnswerSettings, scopes: Scopes, events: EventBus, sharedKeys: SharedKeys, explained = false) {
    this.#settings = settings;
    this.#events = events;
    this.#sharedKeys = sharedKeys;
    this.#replies = new Replies(settings, scopes, explained);
    this.#offers = new Offers(settings, events, this.#replies);
    this.#isOthers = (address) => scopes.isOthers(address);
  }

  /**
   * Answers a request.
   *
   * @returns the reply; undefined where none is to be sent; a promise where the lease must be kept first or the address
   *   is being probed. The promise is rejected if the lease cannot be kept.
   */
  answer(served: Served): Outcome {
    const { boot, leases } = served.place;
    if (boot !== undefined) return this.#answerBoot(served, boot);
    const decision = this.#decide(served);
    switch (decision.kind) {
      case "offer":
        this.#watchKey(served);
        return this.#offers.offer(served, decision.requested);
      case "acknowledge":
        this.#watchKey(served, decision.address);
        return this.#lease(served, decision.address, MessageType.ack);
      case "bootp":
        return this.#bootp(served);
      case "refuse":
        // The client stops using the address when it receives the DHCPNAK (RFC 2131 4.4.5).
        if (leases.hasLost) this.#endAnyway(served, decision.address, "released");
        return this.#refuse(served, decision.address, decision.cause);
      case "inform":
        this.#events.publish({ kind: "dhcp-informed", machine: machineOf(served), address: decision.address });
        return this.#replies.parameters(served);
      case "release":
        return this.#release(served, decision.address);
      case "decline":
        return this.#decline(served, decision.address);
      case "withdraw":
        if (leases.held !== undefined) this.#endAnyway(served, leases.held, "withdrawn");
        this.#ignore(machineOf(served), decision.cause, false);
        return undefined;
      case "ignore":
        this.#ignore(machineOf(served), decision.cause, false);
        return undefined;
    }
  }

  #decide(served: Served): Decision {
    const { request, machine, place } = served;
    const decision = decide(request.message, this.#contextOf(served));
    const { notKnown: cause } = machine;
    if (cause === undefined) return decision;
    const { state, held, own } = place.leases;
    return decideMeanwhile(decision, {
      cause,
      isKnown: machine.host !== undefined,
      isFirmware: machine.stage === "firmware",
      bound: state === "bound" ? held : undefined,
      own,
    });
  }

  /** Returns the context of the decision. The server identifier of the relay agent comes first (RFC 5107). */
  #contextOf({ request: { link, notes, source }, place: { scope, leases } }: Served): DecisionContext {
    const { addresses, authoritative } = this.#settings;
    return {
      leases,
      subnet: scope.subnet,
      source: source.address,
      isOthers: this.#isOthers,
      serverIdentifiers: [notes.serverIdentifier ?? link.address, ...addresses],
      authoritative,
    };
  }

  /**
   * Binds an address and confirms it once the lease is kept.
   *
   * @param type of the reply; undefined for a BOOTP reply
   */
  #lease(served: Served, address: Ipv4, type: number | undefined): Outcome {
    const seconds = type === undefined ? Infinity : leaseSecondsFor(served.request.message, factsOf(served));
    const bound = served.place.scope.allocator.bind(holderOf(served), address, seconds);
    return bound instanceof Promise
      ? bound.then((later) => this.#leased(served, address, type, later))
      : this.#leased(served, address, type, bound);
  }

  #leased(served: Served, address: Ipv4, type: number | undefined, bound: Binding): Answer | undefined {
    if (bound.kind === "taken") return this.#lost(served, address, type);
    this.#leaveOthers(served);
    const { renewed, from, seconds } = bound;
    const choice = this.#replies.choose(served);
    const [machine, boot] = [machineOf(served), noticeOf(choice)];
    this.#events.publish({ kind: "dhcp-leased", machine, address, stage: served.machine.stage, boot, renewed, from });
    if (type === MessageType.ack) reportLease(served, this.#settings.once, this.#events);
    return this.#replies.withAddress(served, type, { address, former: address, seconds }, choice);
  }

  /** Ends what a machine has in the other networks of its link: it uses one address there. */
  #leaveOthers(served: Served): void {
    const { networks, scope } = served.place;
    if (networks.length === 1) return;
    for (const network of networks) {
      if (network === scope) continue;
      const other = servedIn(network, served);
      const { held } = other.place.leases;
      if (held !== undefined) this.#endAnyway(other, held, "left");
    }
  }

  /** Refuses an address that another machine got before the lease was kept (RFC 2131 3.1.4). */
  #lost(served: Served, address: Ipv4, type: number | undefined): Answer | undefined {
    const refused = type !== undefined;
    const cause = { code: "taken-by-now", address, refused } as const;
    if (refused) return this.#refuse(served, address, cause);
    this.#ignore(machineOf(served), cause, false);
    return undefined;
  }

  #refuse(served: Served, address: Ipv4, cause: DhcpCause): Answer {
    this.#events.publish({ kind: "dhcp-refused", machine: machineOf(served), address, cause });
    return this.#replies.refusal(served, describeCause(cause));
  }

  #release(served: Served, address: Ipv4): Later<undefined> {
    const how = served.machine.stage === "firmware" ? "kept" : "released";
    const ended = served.place.scope.allocator.end(holderOf(served), address, how);
    const report = (had: boolean): void => {
      const machine = machineOf(served);
      if (had) this.#events.publish({ kind: "dhcp-released", machine, address });
      else this.#ignore(machine, { code: "releases-too-late" }, false);
    };
    return reported(ended, report);
  }

  #decline(served: Served, address: Ipv4): Later<undefined> {
    const ended = served.place.scope.allocator.end(holderOf(served), address, "declined");
    const report = (had: boolean): void => {
      const machine = machineOf(served);
      if (had) this.#events.publish({ kind: "dhcp-declined", machine, address });
      else this.#ignore(machine, { code: "declines-too-late" }, false);
    };
    return reported(ended, report);
  }

  /** Ends what a machine has, without waiting for that: the answer does not depend on it. */
  #endAnyway(served: Served, address: Ipv4, how: Ending): void {
    const ended = served.place.scope.allocator.end(holderOf(served), address, how);
    if (!(ended instanceof Promise)) return;
    ended.catch((error: unknown) => {
      this.#events.publish({ kind: "failed", where: "ending a lease", error: asError(error) });
    });
  }

  /** Reports clients that share a hardware address, and so a lease where leases go by hardware address. */
  #watchKey(served: Served, address?: Ipv4): void {
    const { request, machine, place } = served;
    if (isClientId(place.key) || place.leases.reserved) return;
    const identifiers = this.#sharedKeys.heard(request.message, machine.client);
    if (identifiers === undefined || address === undefined) return;
    this.#events.publish({ kind: "key-shared", machine: machineOf(served), address, identifiers });
  }

  /** Binds a BOOTP client at once, since it does not ask again (RFC 1534 2). */
  #bootp(served: Served): Outcome {
    const { ciaddr } = served.request.message;
    const bind = (held: Held | undefined): Outcome => held && this.#lease(held.served, held.address, undefined);
    const held = this.#offers.hold(served, ciaddr === UNSPECIFIED ? undefined : ciaddr);
    return held instanceof Promise ? held.then(bind) : bind(held);
  }

  /** Answers firmware that gets its address elsewhere, or that has chosen from a menu. */
  #answerBoot(served: Served, decision: Exclude<BootDecision, { kind: "pass" }>): Answer | undefined {
    const machine = machineOf(served);
    const choice = this.#replies.choose(served);
    const content = this.#replies.bootContent(served, choice);
    if (choice.kind === "nothing" && content.menuLabel === undefined) {
      this.#ignore(machine, choice.cause ?? { code: "nothing-to-boot" }, false);
      return undefined;
    }
    const how = ({ offer: "offer", acknowledge: "answer", item: "item" } as const)[decision.kind];
    this.#events.publish({ kind: "boot-told", machine, boot: noticeOf(choice), how });
    const type = decision.kind === "offer" ? MessageType.offer : MessageType.ack;
    return this.#replies.aboutBoot(served, type, content);
  }

  /** Publishes that a request gets no answer. */
  #ignore(machine: Machine, cause: DhcpCause | BootCause | InventoryCause, grave: boolean): void {
    this.#events.publish({ kind: "dhcp-ignored", machine, cause, grave });
  }
}

/** Reports the end of a lease once it is known; a machine gets no answer to that. */
function reported(ended: Later<boolean>, report: (had: boolean) => void): Later<undefined> {
  if (ended instanceof Promise) return ended.then(report).then(() => undefined);
  report(ended);
  return undefined;
}
