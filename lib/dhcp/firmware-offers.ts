import type { Mac } from "../net/mac.js";
import { remember } from "../common/remember.js";
import { isFirmware, type Client } from "../machine/client.js";
import { messageType, MessageType, type Message } from "./message.js";
import { Code } from "../options/registry.js";
import type { ClientQuirks } from "../machine/profile.js";

/** Who sends a message, and what its kind needs. */
export interface Recognised {
  readonly client: Client;
  readonly quirks: ClientQuirks;
}

/** How many machines are between an offer and its REQUEST at once. */
const MOST_MACHINES = 4096;

/**
 * The offers that firmware is about to take. Some firmware says in its DISCOVER that it boots, and not in its REQUEST,
 * which without options 60 and 93 looks like an operating system's; the transaction (xid) is the same (RFC 2131 4.4.1).
 */
export class FirmwareOffers {
  readonly #offered = new Map<Mac, Recognised & { readonly xid: number }>();

  /** A machine is served. A DISCOVER of an operating system begins something else. */
  note(message: Message, { client, quirks }: Recognised): void {
    if (messageType(message) !== MessageType.discover) return;
    if (!isFirmware(client)) this.#offered.delete(client.mac);
    else remember(this.#offered, client.mac, { xid: message.xid, client, quirks }, MOST_MACHINES);
  }

  /** The firmware that a message of a client is of, where the message does not say so; undefined where it is of none. */
  takerOf(message: Message, { mac, clientId }: Client): Recognised | undefined {
    const { options, xid } = message;
    const offered = this.#offered.get(mac);
    if (offered?.xid !== xid || messageType(message) !== MessageType.request) return undefined;
    if (options.has(Code.vendorClass) || options.has(Code.clientArchitecture)) return undefined;
    const { client, quirks } = offered;
    return { client: { ...client, clientId: clientId ?? client.clientId }, quirks };
  }
}
