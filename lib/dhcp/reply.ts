import type { OptionPlan } from "../config/option-setting.js";
import { encodeAddresses } from "../config/option-encodings.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import { isFirmware, VENDOR_CLASS, type Client } from "./client.js";
import { fitOptions, type Wanted } from "./fit-options.js";
import { encodeSeconds, leaseSecondsFor, renewalOptions, type LeaseTerms } from "./lease-time.js";
import { BOOTREPLY, BROADCAST_FLAG, MessageType, type Message } from "./message.js";
import { Code, sizeOfOption, type Options } from "./options.js";

/** What every machine of the network is told. */
export interface NetworkFacts extends LeaseTerms {
  readonly serverAddress: Ipv4;
  /** What clients know the server by, where that is not its address (RFC 5107). */
  readonly serverIdentifier?: Ipv4;
  readonly subnet: Subnet;
  readonly router: Ipv4 | undefined;
  readonly dns: readonly Ipv4[];
  readonly domain: string;
  /** The name of the boot server, for `sname` and option 66; at most 63 octets. */
  readonly serverName: string;
  /** The TFTP server, where it is not this one. */
  readonly nextServer?: Ipv4 | undefined;
  /** What the operator sets, which takes the place of what is made from the above. */
  readonly options: OptionPlan;
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

/** Options that say something else to each vendor's clients. */
const VENDOR_OPTIONS: readonly number[] = [Code.vendorClass, Code.vendorSpecific];

/** What tells firmware that the answer is for it, and what to do. */
const BOOT_SET: readonly number[] = [Code.vendorClass, Code.vendorSpecific, Code.clientMachineIdentifier];

/** RFC 5071 4: PXELINUX takes them from the answer that the boot ROM got, which did not ask for them. */
const PXELINUX_OPTIONS = [Code.pxelinuxConfigFile, Code.pxelinuxPathPrefix, Code.pxelinuxRebootTime];

/** PXE 2.1 table 2-1: PXE_DISCOVERY_CONTROL with bit 3, "use the boot file you were given", then the end of the list. */
const PXE_BYPASS = Buffer.from([6, 1, 8, 255]);

/** Builds the reply to a request (RFC 2131 4.3.1 table 3). */
export function buildReply(request: Message, client: Client, facts: NetworkFacts, content: ReplyContent): Message {
  const nak = content.type === MessageType.nak;
  const bootFile = nak ? undefined : content.bootFile;
  const ciaddr = keepsAddress(request, content) ? request.ciaddr : UNSPECIFIED;
  const nowhere = nak || (ciaddr === UNSPECIFIED && content.yiaddr === UNSPECIFIED);
  return {
    op: BOOTREPLY,
    htype: request.htype,
    hlen: request.hlen,
    hops: 0,
    xid: request.xid,
    secs: 0,
    // RFC 2131 4.3.2: a relay agent has to broadcast a DHCPNAK, and what else names no address to send it to.
    flags: nowhere && request.giaddr !== UNSPECIFIED ? request.flags | BROADCAST_FLAG : request.flags,
    ciaddr,
    yiaddr: content.yiaddr,
    siaddr: nak ? UNSPECIFIED : (facts.nextServer ?? facts.serverAddress),
    giaddr: request.giaddr,
    chaddr: request.chaddr,
    sname: nak ? Buffer.alloc(0) : Buffer.from(facts.serverName),
    file: bootFile !== undefined && fitsHeader(content) ? Buffer.from(bootFile) : Buffer.alloc(0),
    options: replyOptions(request, client, facts, content),
  };
}

function replyOptions(request: Message, client: Client, facts: NetworkFacts, content: ReplyContent): Options {
  const echoed = echoedOptions(request, content.type);
  const room = sizeLimit(request, content.type, echoed) - 1;
  const essential = essentialOptions(request, facts, content);
  const wanted =
    content.type === MessageType.nak
      ? { available: essential, forced: [], listed: [] }
      : wantedOptions(request, client, facts, content);
  const available = new Map([...wanted.available, ...essential]);
  const chosen = fitOptions({ ...wanted, available, essential: [...essential.keys()] }, room);
  return new Map([...chosen, ...echoed]);
}

/** What a DHCP message of its type has to have; before all that can be left out. */
function essentialOptions(request: Message, facts: NetworkFacts, content: ReplyContent): Options {
  const { type } = content;
  if (type === undefined) return new Map();
  const essentials = new Map<number, Buffer>([
    [Code.messageType, Buffer.from([type])],
    [Code.serverIdentifier, encodeAddresses([facts.serverIdentifier ?? facts.serverAddress])],
  ]);
  if (type === MessageType.nak && content.message !== undefined) {
    essentials.set(Code.message, Buffer.from(content.message));
  }
  if (content.yiaddr !== UNSPECIFIED) {
    essentials.set(Code.leaseTime, encodeSeconds(leaseSecondsFor(request, facts)));
  }
  return essentials;
}

function wantedOptions(
  request: Message,
  client: Client,
  facts: NetworkFacts,
  content: ReplyContent,
): Pick<Wanted, "available" | "forced" | "listed"> {
  const { forAll, forVendor } = configuredOptions(request, client, facts.options);
  const configured = new Map([...forAll, ...forVendor]);
  const available = new Map([
    ...networkOptions(facts, content),
    ...bootOptions(request, client, facts, content),
    ...configured,
  ]);
  for (const code of [Code.renewalTime, Code.rebindingTime]) available.delete(code);
  if (content.yiaddr !== UNSPECIFIED) {
    for (const [code, value] of renewalOptions(leaseSecondsFor(request, facts), configured)) available.set(code, value);
  }
  // A name that the header does not hold has no other way to the firmware, whatever it asks for.
  const forced = isFirmware(client)
    ? [...BOOT_SET, ...(fitsHeader(content) ? [] : [Code.bootFileName])]
    : BOOT_SET.filter((code) => forVendor.has(code));
  return {
    available,
    forced: client.kind === "pxe" ? [...forced, ...PXELINUX_OPTIONS] : forced,
    listed: listedOptions(request, forAll),
  };
}

/** What a client asks for; what is usual and what the operator sets, where it does not list that. */
function listedOptions(request: Message, forAll: Options): readonly number[] {
  const list = request.options.get(Code.parameterRequestList);
  if (list !== undefined) return [...list];
  return [...USUAL_OPTIONS, ...[...forAll.keys()].filter((code) => !VENDOR_OPTIONS.includes(code))];
}

/** What the operator sets for this client: for all, and for its vendor class. */
function configuredOptions(
  request: Message,
  client: Client,
  { forAll, forVendors }: OptionPlan,
): { readonly forAll: Options; readonly forVendor: Options } {
  const vendorClass = request.options.get(Code.vendorClass)?.toString("latin1");
  const matching = forVendors.filter((each) => vendorClass?.startsWith(each.vendorClass));
  const general = new Map(forAll);
  // What vendors make of these is most often for PXE, which firmware that boots by HTTP must not see (conformance B22).
  if (client.kind === "http") for (const code of VENDOR_OPTIONS) general.delete(code);
  return { forAll: general, forVendor: new Map(matching.flatMap(({ options }) => [...options])) };
}

function networkOptions(facts: NetworkFacts, { hostName }: ReplyContent): [number, Buffer][] {
  return [
    [Code.subnetMask, encodeAddresses([facts.subnet.mask])],
    [Code.router, encodeAddresses(facts.router === undefined ? [] : [facts.router])],
    [Code.domainNameServer, encodeAddresses(facts.dns)],
    [Code.domainName, Buffer.from(facts.domain)],
    [Code.broadcastAddress, encodeAddresses([facts.subnet.broadcast])],
    [Code.hostName, Buffer.from(hostName ?? "")],
  ];
}

function bootOptions(
  request: Message,
  client: Client,
  facts: NetworkFacts,
  { bootFile, bootFileBlocks }: ReplyContent,
): [number, Buffer][] {
  if (bootFile === undefined) return [];
  const options: [number, Buffer][] = [
    [
      Code.tftpServerName,
      Buffer.from(facts.nextServer === undefined ? facts.serverName : formatIpv4(facts.nextServer)),
    ],
    [Code.tftpServerAddress, encodeAddresses([facts.nextServer ?? facts.serverAddress])],
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

/**
 * What goes back as it came: the client identifier (RFC 6842 3), the subnet that the client selected (RFC 3011 2), and
 * the relay agent's notes last of all (RFC 3046 2.2).
 */
function echoedOptions(request: Message, type: number | undefined): readonly (readonly [number, Buffer])[] {
  if (type === undefined) return [];
  const selection = type === MessageType.nak ? [] : [Code.subnetSelection];
  return [Code.clientIdentifier, ...selection, Code.relayAgentInformation].flatMap((code) => {
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
  return options.reduce((size, [code, value]) => size + sizeOfOption(code, value), 0);
}
