import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import { isFirmware, VENDOR_CLASS, type Client } from "./client.js";
import { BOOTREPLY, BROADCAST_FLAG, MessageType, type Message } from "./message.js";
import { Code, type Options } from "./options.js";

/** What every machine of the network is told. */
export interface NetworkFacts {
  readonly serverAddress: Ipv4;
  readonly subnet: Subnet;
  readonly router: Ipv4 | undefined;
  readonly dns: readonly Ipv4[];
  readonly domain: string;
  readonly leaseSeconds: number;
  /** The name of the boot server, for `sname` and option 66; at most 63 octets. */
  readonly serverName: string;
}

/** What this reply says. */
export interface ReplyContent {
  /** A value of option 53; undefined for a BOOTP reply. */
  readonly type: number | undefined;
  /** The address given; 0.0.0.0 where none is. */
  readonly yiaddr: Ipv4;
  readonly hostName?: string | undefined;
  readonly bootFile?: string | undefined;
  /** The size of the boot file in blocks of 512 octets, where it is known. */
  readonly bootFileBlocks?: number | undefined;
  /** For the client's log, in a DHCPNAK. */
  readonly message?: string | undefined;
}

/** The payload of the largest datagram that a client has to take when it does not say otherwise (RFC 2131 2). */
const USUAL_SIZE = 548;
/** An Ethernet frame's worth: what EDK2 takes at the most, whatever it says in option 57. */
const LARGEST_SIZE = 1472;
const IP_AND_UDP = 28;
const FIXED_SIZE = 240;
/** The vendor field of RFC 951 without the cookie; a BOOTP reply never outgrows it (RFC 1534 2). */
const BOOTP_OPTIONS_SIZE = 60;

const LONGEST_FILE = 127;

/** What is sent to a client that does not list what it wants. */
const USUAL_OPTIONS = [Code.subnetMask, Code.router, Code.domainNameServer, Code.hostName, Code.domainName];

/** PXE 2.1 table 2-1: PXE_DISCOVERY_CONTROL with bit 3, "use the boot file you were given", then the end of the list. */
const PXE_BYPASS = Buffer.from([6, 1, 8, 255]);

/** Builds the reply to a request (RFC 2131 4.3.1 table 3). */
export function buildReply(request: Message, client: Client, facts: NetworkFacts, content: ReplyContent): Message {
  const nak = content.type === MessageType.nak;
  const bootFile = nak ? undefined : content.bootFile;
  return {
    op: BOOTREPLY,
    htype: request.htype,
    hlen: request.hlen,
    hops: 0,
    xid: request.xid,
    secs: 0,
    // RFC 2131 4.3.2: a relay agent has to broadcast a DHCPNAK.
    flags: nak && request.giaddr !== UNSPECIFIED ? request.flags | BROADCAST_FLAG : request.flags,
    ciaddr: keepsAddress(request, content) ? request.ciaddr : UNSPECIFIED,
    yiaddr: content.yiaddr,
    siaddr: nak ? UNSPECIFIED : facts.serverAddress,
    giaddr: request.giaddr,
    chaddr: request.chaddr,
    sname: nak ? Buffer.alloc(0) : Buffer.from(facts.serverName),
    file: bootFile !== undefined && fitsHeader(content) ? Buffer.from(bootFile) : Buffer.alloc(0),
    options: replyOptions(request, client, facts, content),
  };
}

function replyOptions(request: Message, client: Client, facts: NetworkFacts, content: ReplyContent): Options {
  const echoed = echoedOptions(request, content.type);
  const limit = sizeLimit(request, content.type, echoed) - 1;
  const options = [...essentialOptions(facts, content), ...requestedOptions(request, client, facts, content)];
  const chosen = new Map<number, Buffer>();
  let size = 0;
  for (const [code, value] of options) {
    const grown = size + sizeOf([[code, value]]);
    if (chosen.has(code) || value.length === 0 || value.length > 255 || grown > limit) continue;
    chosen.set(code, value);
    size = grown;
  }
  for (const [code, value] of echoed) chosen.set(code, value);
  return chosen;
}

/** What a DHCP message of its type has to have, and what makes firmware boot; before all that can be left out. */
function essentialOptions(facts: NetworkFacts, content: ReplyContent): readonly (readonly [number, Buffer])[] {
  const { type } = content;
  if (type === undefined) return [];
  const essentials: [number, Buffer][] = [
    [Code.messageType, Buffer.from([type])],
    [Code.serverIdentifier, addresses([facts.serverAddress])],
  ];
  if (type === MessageType.nak && content.message !== undefined) {
    essentials.push([Code.message, Buffer.from(content.message)]);
  }
  if (content.yiaddr !== UNSPECIFIED) essentials.push([Code.leaseTime, seconds(facts.leaseSeconds)]);
  return essentials;
}

function requestedOptions(
  request: Message,
  client: Client,
  facts: NetworkFacts,
  content: ReplyContent,
): readonly (readonly [number, Buffer])[] {
  if (content.type === MessageType.nak) return [];
  const available = new Map([...networkOptions(facts, content), ...bootOptions(request, client, facts, content)]);
  const list = [...(request.options.get(Code.parameterRequestList) ?? USUAL_OPTIONS)];
  // RFC 2132 3.3: the mask goes before the router.
  if (list.includes(Code.subnetMask)) list.unshift(Code.subnetMask);
  // A name that the header does not hold has no other way to the firmware, whatever it asks for.
  const forced = isFirmware(client)
    ? [
        Code.vendorClass,
        Code.vendorSpecific,
        Code.clientMachineIdentifier,
        ...(fitsHeader(content) ? [] : [Code.bootFileName]),
      ]
    : [];
  return [...forced, ...list].flatMap((code) => {
    const value = available.get(code);
    return value === undefined ? [] : [[code, value] as const];
  });
}

function networkOptions(facts: NetworkFacts, { hostName, yiaddr }: ReplyContent): [number, Buffer][] {
  const options: [number, Buffer][] = [
    [Code.subnetMask, addresses([facts.subnet.mask])],
    [Code.router, addresses(facts.router === undefined ? [] : [facts.router])],
    [Code.domainNameServer, addresses(facts.dns)],
    [Code.domainName, Buffer.from(facts.domain)],
    [Code.broadcastAddress, addresses([facts.subnet.broadcast])],
    [Code.hostName, Buffer.from(hostName ?? "")],
  ];
  if (yiaddr !== UNSPECIFIED) {
    // RFC 2131 4.4.5: the defaults, for clients that want to be told.
    options.push([Code.renewalTime, seconds(facts.leaseSeconds * 0.5)]);
    options.push([Code.rebindingTime, seconds(facts.leaseSeconds * 0.875)]);
  }
  return options;
}

function bootOptions(
  request: Message,
  client: Client,
  facts: NetworkFacts,
  { bootFile, bootFileBlocks }: ReplyContent,
): [number, Buffer][] {
  if (bootFile === undefined) return [];
  const options: [number, Buffer][] = [
    [Code.tftpServerName, Buffer.from(facts.serverName)],
    [Code.bootFileName, Buffer.from(bootFile)],
  ];
  if (bootFileBlocks !== undefined && bootFileBlocks <= 0xffff) {
    options.push([Code.bootFileSize, Buffer.from([bootFileBlocks >> 8, bootFileBlocks & 255])]);
  }
  if (client.kind === "http") options.push([Code.vendorClass, Buffer.from(VENDOR_CLASS.http)]);
  if (client.kind === "pxe") {
    options.push([Code.vendorClass, Buffer.from(VENDOR_CLASS.pxe)], [Code.vendorSpecific, PXE_BYPASS]);
    // RFC 4578 2.3: a server sends back what the client sent.
    const identifier = request.options.get(Code.clientMachineIdentifier);
    if (identifier !== undefined) options.push([Code.clientMachineIdentifier, identifier]);
  }
  return options;
}

/** Whether the boot file has room in `file`, or there is none. */
function fitsHeader({ bootFile = "" }: ReplyContent): boolean {
  return Buffer.byteLength(bootFile) <= LONGEST_FILE;
}

/** Whether the client has, and keeps, the address it says it has; what it says when it is given another is void. */
function keepsAddress({ ciaddr }: Message, { type, yiaddr }: ReplyContent): boolean {
  return (type === undefined || type === MessageType.ack) && (yiaddr === UNSPECIFIED || yiaddr === ciaddr);
}

/** What goes back as it came: the client identifier (RFC 6842 3), and the relay agent's notes last of all (RFC 3046 2.2). */
function echoedOptions(request: Message, type: number | undefined): readonly (readonly [number, Buffer])[] {
  if (type === undefined) return [];
  return [Code.clientIdentifier, Code.relayAgentInformation].flatMap((code) => {
    const value = request.options.get(code);
    return value === undefined || value.length === 0 || value.length > 255 ? [] : [[code, value] as const];
  });
}

/**
 * How many octets of options there is room for beside the echoed ones. RFC 2132 9.10: option 57 counts the IP and UDP
 * headers too; what a relay agent takes out again does not burden the client.
 */
function sizeLimit(request: Message, type: number | undefined, echoed: readonly (readonly [number, Buffer])[]): number {
  if (type === undefined) return BOOTP_OPTIONS_SIZE;
  const value = request.options.get(Code.maximumMessageSize);
  const asked = value?.length === 2 ? value.readUInt16BE(0) - IP_AND_UDP : 0;
  const clients = Math.max(USUAL_SIZE, asked) - sizeOf(echoed.filter(([code]) => code !== Code.relayAgentInformation));
  return Math.min(LARGEST_SIZE - sizeOf(echoed), clients) - FIXED_SIZE;
}

function sizeOf(options: readonly (readonly [number, Buffer])[]): number {
  return options.reduce((size, [code, value]) => size + 2 + value.length + (code === Code.bootFileName ? 1 : 0), 0);
}

function addresses(list: readonly Ipv4[]): Buffer {
  const value = Buffer.alloc(list.length * 4);
  list.forEach((address, index) => value.writeUInt32BE(address, index * 4));
  return value;
}

/** A time on the wire: whole seconds, at most "for ever" (RFC 2131 3.3). */
function seconds(time: number): Buffer {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(Math.min(0xffffffff, Math.floor(time)));
  return value;
}
