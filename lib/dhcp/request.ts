import type { Client } from "../machine/client.js";
import type { ClientQuirks } from "../machine/profile.js";
import type { Endpoint } from "../os/udp.js";
import type { Link } from "./link.js";
import type { Message } from "./message.js";
import type { RelayNotes } from "./relay.js";

/** A request as received. */
export interface Request {
  readonly message: Message;
  readonly source: Endpoint;
  /** The link that the request came in on and its answer leaves by. */
  readonly link: Link;
  /** Whether it was sent to our address, as by a renewing client or a relay agent. */
  readonly unicast: boolean;
  /** The notes of its relay agent (option 82). */
  readonly notes: RelayNotes;
}

/** The sender of a request. */
export interface Sender {
  readonly client: Client;
  /** The quirks of the client's kind. */
  readonly quirks: ClientQuirks;
}
