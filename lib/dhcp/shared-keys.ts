import type { LeaseKey } from "../machine/lease-key.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import { remember } from "../common/remember.js";
import type { Client } from "../machine/client.js";
import { messageType, MessageType, type Message } from "./message.js";
import { Code } from "../options/registry.js";

/** How many hardware addresses are remembered. */
const MOST_MACS = 4096;

/** Who renewed with one hardware address. */
interface Renewers {
  /** By which identifier it was renewed last, and by which other one before. */
  readonly last: LeaseKey | undefined;
  readonly before: LeaseKey | undefined;
  readonly told: boolean;
}

/**
 * Notices that two clients have one hardware address, and so one lease, though they say different identifiers (option
 * 61). The stages of one machine do so too, one after the other: two clients are those of which one renews, then the
 * other, and then the first again without having started anew.
 */
export class SharedKeys {
  readonly #renewers = new Map<Mac, Renewers>();

  /**
   * Takes note of a DISCOVER, or of a REQUEST that is acknowledged.
   *
   * @returns the two identifiers, when it shows for the first time for a hardware address
   */
  heard(message: Message, { mac, clientId }: Client): readonly [LeaseKey, LeaseKey] | undefined {
    if (clientId === undefined) return undefined;
    const known = this.#renewers.get(mac);
    if (!isRenewal(message)) {
      if (known !== undefined) this.#renewers.set(mac, without(known, clientId));
      return undefined;
    }
    if (known?.last === clientId) return undefined;
    const other = known?.last;
    const told = known?.told ?? false;
    const shared = other !== undefined && known?.before === clientId;
    remember(this.#renewers, mac, { last: clientId, before: other, told: told || shared }, MOST_MACS);
    return shared && !told ? [clientId, other] : undefined;
  }
}

/** RENEWING or REBINDING (RFC 2131 4.3.2). */
function isRenewal(message: Message): boolean {
  const asks = messageType(message) === MessageType.request && !message.options.has(Code.requestedAddress);
  return asks && message.ciaddr !== UNSPECIFIED;
}

/** Who starts anew did not run all the time. */
function without({ last, before, told }: Renewers, clientId: LeaseKey): Renewers {
  if (last === clientId) return { last: before, before: undefined, told };
  return { last, before: before === clientId ? undefined : before, told };
}
