import type { BootChoice } from "../boot/choice.js";
import type { Origin } from "../config/origin.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { addressOriginOf, hostNameOriginOf } from "./answer-origins.js";
import { bootContentOf, choiceFor, type BootSettings } from "./boot-answer.js";
import type { BootContent } from "./boot-options.js";
import type { Answer } from "./link.js";
import { MessageType } from "./message.js";
import { replyContent, type ReplyContent } from "./reply-content.js";
import { replyTo, type WaySettings } from "./reply-way.js";
import type { Scopes } from "./scopes.js";
import { hostNameOf, past, type Served } from "./served.js";

/** The address that a reply gives. */
export interface Given {
  readonly address: Ipv4;
  /** The address that the machine had before. */
  readonly former: Ipv4 | undefined;
  /** The lease time that was granted, in seconds; undefined for an offer. */
  readonly seconds: number | undefined;
}

/** Builds the replies to requests. Changes nothing. */
export class Replies {
  readonly #settings: BootSettings & WaySettings;
  readonly #scopes: Scopes;
  readonly #explained: boolean;

  /** @param explained whether answers carry the origins of their values */
  constructor(settings: BootSettings & WaySettings, scopes: Scopes, explained: boolean) {
    this.#settings = settings;
    this.#scopes = scopes;
    this.#explained = explained;
  }

  /** Chooses what the machine boots. */
  choose(served: Served): BootChoice {
    return choiceFor(served, this.#settings);
  }

  /** Returns the boot content of a reply for a choice. */
  bootContent(served: Served, choice: BootChoice): BootContent {
    return bootContentOf(served, choice, this.#settings);
  }

  /**
   * Returns a reply that gives an address.
   *
   * @param type a value of option 53; undefined for a BOOTP reply
   */
  withAddress(served: Served, type: number | undefined, given: Given, choice: BootChoice): Answer {
    const { address, former, seconds } = given;
    const content = replyContent(this.bootContent(served, choice), type, address, seconds, {
      hostName: hostNameOf(served.machine),
      hostNameOrigin: this.#hostNameOrigin(served),
      addressOrigin: this.#explained ? addressOriginOf(served, address, former) : undefined,
    });
    return this.#reply(served, content);
  }

  /** Returns a DHCPNAK. */
  refusal(served: Served, message: string): Answer {
    return this.#reply(served, { type: MessageType.nak, yiaddr: UNSPECIFIED, message });
  }

  /** Returns the parameters for a machine that has an address (RFC 2131 4.3.5). */
  parameters(served: Served): Answer {
    return this.#reply(past(served), {
      type: MessageType.ack,
      yiaddr: UNSPECIFIED,
      hostName: hostNameOf(served.machine),
      hostNameOrigin: this.#hostNameOrigin(served),
    });
  }

  /** Returns a reply about booting alone: another server gives the address. */
  aboutBoot(served: Served, type: number, content: BootContent): Answer {
    return this.#reply(served, { ...content, type, yiaddr: UNSPECIFIED, proxied: true });
  }

  #hostNameOrigin({ machine }: Served): Origin | undefined {
    return this.#explained ? hostNameOriginOf(machine) : undefined;
  }

  #reply(served: Served, content: ReplyContent): Answer {
    return replyTo(served, content, this.#settings, this.#scopes, this.#explained);
  }
}
