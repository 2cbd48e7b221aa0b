import type { EventBus } from "../events/event.js";
import type { Later, LeaseView } from "../leases/allocator.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import { noticeOf } from "./boot-answer.js";
import type { Conflicts } from "./conflicts.js";
import type { Answer } from "./link.js";
import { MessageType } from "./message.js";
import type { Replies } from "./replies.js";
import { holderOf, isDirect, machineOf, servedIn, type Served } from "./served.js";

/** The settings of {@link Offers}. */
export interface OfferSettings {
  /** Returns what probes an interface for addresses in use before they are offered; undefined without probing. */
  readonly conflicts: (interfaceName: string) => Conflicts | undefined;
}

/** An address held for a machine in one of the networks of its link. */
export interface Held {
  readonly served: Served;
  readonly address: Ipv4;
}

/** Number of addresses found in use after which a machine gets no offer until it asks again. */
const MOST_CONFLICTS = 3;

/** Chooses addresses for machines, and offers them. */
export class Offers {
  readonly #settings: OfferSettings;
  readonly #events: EventBus;
  readonly #replies: Replies;

  constructor(settings: OfferSettings, events: EventBus, replies: Replies) {
    this.#settings = settings;
    this.#events = events;
    this.#replies = replies;
  }

  /**
   * Offers an address that no other host uses.
   *
   * @param tries the number of addresses to look at
   */
  offer(served: Served, requested: Ipv4 | undefined, tries = MOST_CONFLICTS): Later<Answer | undefined> {
    const held = this.hold(served, requested);
    return held instanceof Promise ? held.then((later) => this.#probe(later, tries)) : this.#probe(held, tries);
  }

  /**
   * Holds an address in the first network of the link, from an index on, that has one for the machine.
   *
   * @returns undefined where none has, after reporting that
   */
  hold(served: Served, wanted: Ipv4 | undefined, index = 0): Later<Held | undefined> {
    const { networks, scope: first } = served.place;
    const scope = networks[index];
    if (scope === undefined) {
      this.#regret(served);
      return undefined;
    }
    const here = scope === first ? served : servedIn(scope, served);
    const address = scope.allocator.hold({ key: here.place.key, mac: here.machine.client.mac }, wanted);
    if (address instanceof Promise) return this.#holdLater(served, wanted, index, here, address);
    return address === undefined ? this.hold(served, wanted, index + 1) : { served: here, address };
  }

  async #holdLater(
    served: Served,
    wanted: Ipv4 | undefined,
    index: number,
    here: Served,
    later: Promise<Ipv4 | undefined>,
  ): Promise<Held | undefined> {
    const address = await later;
    return address === undefined ? this.hold(served, wanted, index + 1) : { served: here, address };
  }

  /** Offers a held address that no other host uses. */
  #probe(held: Held | undefined, tries: number): Later<Answer | undefined> {
    if (held === undefined) return undefined;
    const { address, served } = held;
    const { own, state, reserved } = served.place.leases;
    // Only a new address is probed: the machine may use its own already, and a reservation is never withheld.
    const isNew = address !== own || (state === "offered" && !reserved);
    const conflicts = this.#settings.conflicts(served.request.link.interfaceName);
    const asked =
      isNew && isDirect(served.request) ? conflicts?.otherUser(address, served.machine.client.mac) : undefined;
    if (asked === undefined) return this.#offered(served, address);
    return asked.then((user) =>
      user === undefined ? this.#offered(served, address) : this.#offerAnother(served, address, user, tries),
    );
  }

  /** Declines an address found in use and offers another one (RFC 2131 3.1). */
  async #offerAnother(served: Served, address: Ipv4, user: Mac, tries: number): Promise<Answer | undefined> {
    const machine = machineOf(served);
    const { scope } = served.place;
    await scope.allocator.end(holderOf(served), address, "declined");
    this.#events.publish({ kind: "address-in-use", machine, address, user });
    if (tries > 1) return this.offer(servedIn(scope, served), undefined, tries - 1);
    const cause = { code: "addresses-in-use", count: MOST_CONFLICTS } as const;
    this.#events.publish({ kind: "dhcp-ignored", machine, cause, grave: true });
    return undefined;
  }

  #offered(served: Served, address: Ipv4): Answer {
    const machine = machineOf(served);
    const choice = this.#replies.choose(served);
    const otherCard = otherCardOf(served, address);
    this.#events.publish({ kind: "dhcp-offered", machine, address, boot: noticeOf(choice), otherCard });
    const given = { address, former: served.place.leases.own, seconds: undefined };
    return this.#replies.withAddress(served, MessageType.offer, given, choice);
  }

  /** Reports an exhausted pool (conformance A32): each request is logged, but a warning is due only now and then. */
  #regret(served: Served): void {
    const { networks, scope } = served.place;
    const names = networks.map(({ subnet }) => subnet.toString());
    const cause = { code: "pool-exhausted", networks: names, otherCard: otherCardOf(served) } as const;
    const grave = scope.exhaustion.due();
    this.#events.publish({ kind: "dhcp-ignored", machine: machineOf(served), cause, grave });
  }
}

/**
 * Returns the other card of the machine that holds the address reserved for both, unless this card gets that address.
 */
function otherCardOf(served: Served, address?: Ipv4): LeaseView["otherCard"] {
  const { networks, scope, leases } = served.place;
  for (const network of networks) {
    const { otherCard } = network === scope ? leases : servedIn(network, served).place.leases;
    if (otherCard !== undefined && otherCard.address !== address) return otherCard;
  }
  return undefined;
}
