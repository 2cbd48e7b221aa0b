import type { IdentifierList } from "../access/list.js";
import { destinationOf, type Destination } from "./destination.js";
import type { Answer } from "./link.js";
import { encodeMessage, type Message } from "./message.js";
import { buildReply, type ReplyOrigins } from "./reply.js";
import type { ReplyContent } from "./reply-content.js";
import type { Scopes } from "./scopes.js";
import { factsOf, type Served } from "./served.js";

/** The settings that the destination of a reply depends on. */
export interface WaySettings {
  readonly serverPort: number;
  /** Machines that receive only 255.255.255.255. */
  readonly broadcastOnly: IdentifierList;
}

/** The address checks of the served networks. */
type Known = Pick<Scopes, "isMachines" | "isOthers">;

/**
 * Builds the reply to a request and determines its destination.
 *
 * @param explained whether the answer carries the origins of its values
 */
export function replyTo(
  served: Served,
  content: ReplyContent,
  settings: WaySettings,
  known: Known,
  explained: boolean,
): Answer {
  const { request, machine } = served;
  const origins: ReplyOrigins | undefined = explained ? new Map() : undefined;
  const reply = buildReply(request.message, machine.client, factsOf(served), content, origins);
  const { peer, mac } = wayOf(served, reply, content.type, settings, known);
  return { payload: encodeMessage(reply), peer, mac, origins };
}

function wayOf(
  { request, machine, place: { boot } }: Served,
  reply: Message,
  type: number | undefined,
  { serverPort, broadcastOnly }: WaySettings,
  known: Known,
): Destination {
  const { message, source, link, notes } = request;
  const { client, quirks } = machine;
  // A client of a boot server has an address, and is answered at the source of its request.
  const asked = boot !== undefined && boot.kind !== "offer" && known.isMachines(source.address);
  if (asked) return { peer: source, mac: undefined };
  return destinationOf(reply, type, {
    serverPort,
    source,
    ciaddr: message.ciaddr,
    isOthers: (address) => known.isOthers(address),
    broadcastOnly: quirks.broadcast ?? broadcastOnly.findMac(client.mac)?.allow ?? false,
    frames: link.hasFrames,
    relayPort: notes.ownPort,
  });
}
