import { rule, type Origin } from "../config/origin.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import { UNKNOWN_BOOT } from "./boot-options.js";
import type { Client } from "../machine/client.js";
import type { ReplyOptions } from "./fit-options.js";
import { BOOTREPLY, BROADCAST_FLAG, MessageType, type Message } from "./message.js";
import type { ReplyContent } from "./reply-content.js";
import { bootServerOrigin, encodeFacts, serverNameOrigin, type NetworkFacts } from "./reply-facts.js";
import { fitsHeader, replyOptions } from "./reply-options.js";

const EMPTY = Buffer.alloc(0);
const UNKNOWN_ADDRESS = rule("what it has");

/** A part of a reply that has a value: the code of an option, or a field of the header. */
export type ReplyPart = number | "yiaddr" | "siaddr" | "sname" | "file";

/** Where the values of a reply come from. */
export type ReplyOrigins = Map<ReplyPart, Origin>;

/**
 * Builds the reply to a request (RFC 2131 4.3.1 table 3).
 *
 * @param origins where the origins of its values are put; left out, none are kept
 */
export function buildReply(
  request: Message,
  client: Client,
  facts: NetworkFacts,
  content: ReplyContent,
  origins?: ReplyOrigins,
): Message {
  const { encoded = encodeFacts(facts) } = facts;
  const nak = content.type === MessageType.nak;
  const bootFile = nak ? undefined : content.bootFile;
  const ciaddr = keepsAddress(request, content) ? request.ciaddr : UNSPECIFIED;
  const options = replyOptions({ request, client, facts, encoded, content, explained: origins !== undefined });
  if (origins !== undefined) explain(origins, options, facts, content);
  const nowhere = nak || (ciaddr === UNSPECIFIED && content.yiaddr === UNSPECIFIED);
  return {
    op: BOOTREPLY,
    htype: request.htype,
    hlen: request.hlen,
    hops: 0,
    xid: request.xid,
    secs: 0,
    // RFC 2131 4.3.2: a relay agent must broadcast a DHCPNAK, and any reply without an address to send it to.
    flags: nowhere && request.giaddr !== UNSPECIFIED ? request.flags | BROADCAST_FLAG : request.flags,
    ciaddr,
    yiaddr: content.yiaddr,
    siaddr: nak ? UNSPECIFIED : (facts.nextServer ?? facts.serverAddress),
    giaddr: request.giaddr,
    chaddr: request.chaddr,
    sname: nak ? EMPTY : encoded.sname,
    file: bootFile !== undefined && fitsHeader(content) ? Buffer.from(bootFile) : EMPTY,
    options: options.values,
  };
}

function explain(origins: ReplyOrigins, options: ReplyOptions, facts: NetworkFacts, content: ReplyContent): void {
  origins.set("yiaddr", content.addressOrigin ?? UNKNOWN_ADDRESS);
  origins.set("siaddr", bootServerOrigin(facts));
  origins.set("sname", serverNameOrigin(facts));
  origins.set("file", content.origin ?? UNKNOWN_BOOT);
  for (const [code, origin] of options.origins ?? []) origins.set(code, origin);
}

/** Whether the reply repeats ciaddr: only where the client keeps that address. */
function keepsAddress({ ciaddr }: Message, { type, yiaddr }: ReplyContent): boolean {
  return (type === undefined || type === MessageType.ack) && (yiaddr === UNSPECIFIED || yiaddr === ciaddr);
}
