import type { IdentifierList } from "../access/list.js";
import { destinationOf, type Destination } from "./destination.js";
import type { Answer } from "./link.js";
import { encodeMessage, type Message } from "./message.js";
import { buildReply, type ReplyContent } from "./reply.js";
import type { Scopes } from "./scopes.js";
import { factsOf, type Served } from "./served.js";

/** What the way of a reply follows. */
export interface WaySettings {
  readonly serverPort: number;
  /** Machines that hear only 255.255.255.255. */
  readonly broadcastOnly: IdentifierList;
}

/** What the networks that are served tell of addresses. */
type Known = Pick<Scopes, "isMachines" | "isOthers">;

/** Makes the reply to a request, and finds its way. */
export function replyTo(request: Served, content: ReplyContent, settings: WaySettings, known: Known): Answer {
  const reply = buildReply(request.message, request.client, factsOf(request), content);
  const { peer, mac } = wayOf(request, reply, content.type, { ...settings, known });
  return { payload: encodeMessage(reply), peer, mac };
}

function wayOf(
  { boot, client, quirks, source, link, message, notes }: Served,
  reply: Message,
  type: number | undefined,
  { serverPort, broadcastOnly, known }: WaySettings & { readonly known: Known },
): Destination {
  // Who asks a boot server has an address, and is answered where it asked from and nowhere else.
  const asked = boot !== undefined && boot.kind !== "offer" && known.isMachines(source.address);
  if (asked) return { peer: source, mac: undefined };
  return destinationOf(reply, type, {
    serverPort,
    source,
    ciaddr: message.ciaddr,
    isOthers: (address) => known.isOthers(address),
    broadcastOnly: quirks.broadcast ?? broadcastOnly.findMac(client.mac) ?? false,
    frames: link.hasFrames,
    relayPort: notes.ownPort,
  });
}
