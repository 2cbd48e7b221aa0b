import type { LeaseKey } from "../machine/lease-key.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import { remember } from "../common/remember.js";
import type { Client } from "../machine/client.js";
import { messageType, MessageType, type Message } from "./message.js";
import { Code } from "../options/codes.js";

/** Number of hardware addresses remembered. */
const MOST_MACS = 4096;

/** The clients that renewed with one hardware address. */
interface Renewers {
  /** The last identifier that renewed, and the different one before it. */
  readonly last: LeaseKey | undefined;
  readonly before: LeaseKey | undefined;
  readonly told: boolean;
}

/**
 * Detects two clients with the same hardware address, and so one lease, but different identifiers (option 61). The
 * stages of one machine differ too, one after the other. Two clients are assumed where one renews, then the other, then
 * the first again without a new start in between.
 */
export class SharedKeys {
  readonly #renewers = new Map<Mac, Renewers>();

  /**
   * Notes a DISCOVER, or a REQUEST that is acknowledged.
   *
   * @returns the two identifiers, on the first detection for a hardware address
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

/** Whether the message is a REQUEST in RENEWING or REBINDING (RFC 2131 4.3.2). */
function isRenewal(message: Message): boolean {
  const asks = messageType(message) === MessageType.request && !message.options.has(Code.requestedAddress);
  return asks && message.ciaddr !== UNSPECIFIED;
}

/** Removes a client that starts anew: it has not been running all the time. */
function without({ last, before, told }: Renewers, clientId: LeaseKey): Renewers {
  if (last === clientId) return { last: before, before: undefined, told };
  return { last, before: before === clientId ? undefined : before, told };
}
