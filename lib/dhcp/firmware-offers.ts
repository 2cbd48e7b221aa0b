import type { Mac } from "../net/mac.js";
import { remember } from "../common/remember.js";
import { isFirmware, type Client } from "../machine/client.js";
import { messageType, MessageType, type Message } from "./message.js";
import { Code } from "../options/codes.js";
import type { Sender } from "./request.js";

/** Maximum number of machines between an offer and its REQUEST. */
const MOST_MACHINES = 4096;

/**
 * The pending offers to firmware. Some firmware identifies itself in its DISCOVER only; its REQUEST lacks options 60
 * and 93 and looks like an operating system's, but has the same xid (RFC 2131 4.4.1).
 */
export class FirmwareOffers {
  readonly #offered = new Map<Mac, { readonly xid: number; readonly sender: Sender }>();

  /** Notes a DISCOVER that is answered. One of an operating system ends the offer to its machine's firmware. */
  note(message: Message, sender: Sender): void {
    if (messageType(message) !== MessageType.discover) return;
    const { client } = sender;
    if (!isFirmware(client)) this.#offered.delete(client.mac);
    else remember(this.#offered, client.mac, { xid: message.xid, sender }, MOST_MACHINES);
  }

  /** Returns the firmware that sent a REQUEST without identifying itself; undefined where no pending offer matches. */
  takerOf(message: Message, { mac, clientId }: Client): Sender | undefined {
    const { options, xid } = message;
    const offered = this.#offered.get(mac);
    if (offered?.xid !== xid || messageType(message) !== MessageType.request) return undefined;
    if (options.has(Code.vendorClass) || options.has(Code.clientArchitecture)) return undefined;
    const { client, quirks } = offered.sender;
    return { client: { ...client, clientId: clientId ?? client.clientId }, quirks };
  }
}
