import type { OptionPlan } from "../options/setting.js";
import { encodeAddresses } from "../options/encodings.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import { bootOptions, needsResolver, type BootContent } from "./boot-options.js";
import { isFirmware, type Client } from "../machine/client.js";
import { echoedOptions } from "./echoed-options.js";
import { fitOptions, type Wanted } from "./fit-options.js";
import { encodeSeconds, leaseSecondsFor, renewalOptions, type LeaseTerms } from "./lease-time.js";
import { BOOTREPLY, BROADCAST_FLAG, MessageType, type Message } from "./message.js";
import { sizeOfOption, type Options } from "../options/codec.js";
import { Code } from "../options/registry.js";

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
  /** What {@link encodeFacts} makes of all this, where that is done already: it is the same in each reply. */
  readonly encoded?: EncodedFacts;
}

/** What every machine of the network is told, as it goes on the wire. */
export interface EncodedFacts {
  readonly sname: Buffer;
  readonly serverIdentifier: Buffer;
  readonly options: Options;
}

/** What this reply says. */
export interface ReplyContent extends BootContent {
  /** A value of option 53; undefined for a BOOTP reply. */
  readonly type: number | undefined;
  /** The address given; 0.0.0.0 where none is. */
  readonly yiaddr: Ipv4;
  readonly hostName?: string | undefined;
  /** For the client's log, in a DHCPNAK. */
  readonly message?: string | undefined;
}

/** What a reply with an address says. Written out, since copying by `...` is slow and each packet needs it. */
export function replyContent(
  boot: BootContent,
  type: number | undefined,
  yiaddr: Ipv4,
  hostName: string | undefined,
): ReplyContent {
  const { bootFile, bootFileBlocks, menu, bootItem, pxeStyle, menuLabel, vendorClass, nulTerminate } = boot;
  return {
    bootFile,
    bootFileBlocks,
    menu,
    bootItem,
    pxeStyle,
    menuLabel,
    vendorClass,
    nulTerminate,
    type,
    yiaddr,
    hostName,
  };
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

/** What a client has to know to reach a server off its link. */
const WAY_OUT: readonly number[] = [Code.subnetMask, Code.router];

/** Options that say something else to each vendor's clients. */
const VENDOR_OPTIONS: readonly number[] = [Code.vendorClass, Code.vendorSpecific];

/** What tells firmware that the answer is for it, and what to do. */
const BOOT_SET: readonly number[] = [Code.vendorClass, Code.vendorSpecific, Code.clientMachineIdentifier];

/** RFC 5071 4: PXELINUX takes them from the answer that the boot ROM got, which did not ask for them. */
const PXELINUX_OPTIONS = [Code.pxelinuxConfigFile, Code.pxelinuxPathPrefix, Code.pxelinuxRebootTime];

/** All that a proxyDHCP server says: the rest is for the server that gives the address (PXE 2.1 2.2.3). */
const BOOT_OPTIONS: ReadonlySet<number> = new Set([
  ...BOOT_SET,
  ...PXELINUX_OPTIONS,
  Code.tftpServerName,
  Code.tftpServerAddress,
  Code.bootFileName,
  Code.bootFileSize,
  Code.ipxe,
]);

const EMPTY = Buffer.alloc(0);
/** The value of option 53 for each type of message. */
const TYPES = Array.from({ length: MessageType.inform + 1 }, (_, type) => Buffer.from([type]));
const NO_OPTIONS: Options = new Map();

/** Encodes what is the same in each reply. */
export function encodeFacts(facts: NetworkFacts): EncodedFacts {
  const { subnet, router, dns, domain, serverName, serverAddress } = facts;
  return {
    sname: Buffer.from(serverName),
    serverIdentifier: encodeAddresses([serverAddress]),
    options: new Map<number, Buffer>([
      [Code.subnetMask, encodeAddresses([subnet.mask])],
      [Code.router, encodeAddresses(router === undefined ? [] : [router])],
      [Code.domainNameServer, encodeAddresses(dns)],
      [Code.domainName, Buffer.from(domain)],
      [Code.broadcastAddress, encodeAddresses([subnet.broadcast])],
    ]),
  };
}

/** Builds the reply to a request (RFC 2131 4.3.1 table 3). */
export function buildReply(request: Message, client: Client, facts: NetworkFacts, content: ReplyContent): Message {
  const { encoded = encodeFacts(facts) } = facts;
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
    sname: nak ? EMPTY : encoded.sname,
    file: bootFile !== undefined && fitsHeader(content) ? Buffer.from(bootFile) : EMPTY,
    options: replyOptions({ request, client, facts, encoded, content }),
  };
}

/** What a reply is made from. */
interface Making {
  readonly request: Message;
  readonly client: Client;
  readonly facts: NetworkFacts;
  readonly encoded: EncodedFacts;
  readonly content: ReplyContent;
}

function replyOptions(making: Making): Options {
  const { request, content } = making;
  const echoed = echoedOptions(request, content.type);
  const room = sizeLimit(request, content.type, echoed) - 1;
  const essentials = essentialOptions(making);
  const { available, forced, listed } = content.type === MessageType.nak ? NOTHING_WANTED : wantedOptions(making);
  const wanted = {
    available: (code: number) => essentials.get(code) ?? available(code),
    essential: [...essentials.keys()],
    forced,
    listed,
  };
  const chosen = fitOptions(wanted, room);
  for (const [code, value] of echoed) chosen.set(code, value);
  return chosen;
}

/** What a DHCP message of its type has to have; before all that can be left out. */
function essentialOptions({ request, facts, encoded, content }: Making): Options {
  const { type } = content;
  if (type === undefined) return NO_OPTIONS;
  const { serverIdentifier } = facts;
  const essentials = new Map<number, Buffer>();
  essentials.set(Code.messageType, TYPES[type] ?? Buffer.from([type]));
  essentials.set(
    Code.serverIdentifier,
    serverIdentifier === undefined ? encoded.serverIdentifier : encodeAddresses([serverIdentifier]),
  );
  if (type === MessageType.nak && content.message !== undefined) {
    essentials.set(Code.message, Buffer.from(content.message));
  }
  if (content.yiaddr !== UNSPECIFIED) {
    essentials.set(Code.leaseTime, encodeSeconds(leaseSecondsFor(request, facts)));
  }
  return essentials;
}

type Wishes = Pick<Wanted, "available" | "forced" | "listed">;

const NOTHING_WANTED: Wishes = { available: () => undefined, forced: [], listed: [] };

function wantedOptions({ request, client, facts, encoded, content }: Making): Wishes {
  const { forAll, forVendor } = configuredOptions(client, facts.options);
  const configured = (code: number): Buffer | undefined => forVendor.get(code) ?? forAll.get(code);
  // Most who ask do not ask for these.
  let times = content.yiaddr === UNSPECIFIED ? NO_OPTIONS : undefined;
  const { serverAddress: address, serverName: name, nextServer } = facts;
  const boot = bootOptions(request, client, { address, name, nextServer }, content);
  const hostName = content.hostName === undefined ? undefined : Buffer.from(content.hostName);
  const available = (code: number): Buffer | undefined => {
    if (content.proxied === true && !BOOT_OPTIONS.has(code)) return undefined;
    if (code === Code.renewalTime || code === Code.rebindingTime) {
      times ??= renewalOptions(leaseSecondsFor(request, facts), configured);
      return times.get(code);
    }
    const own = code === Code.hostName ? hostName : encoded.options.get(code);
    return configured(code) ?? boot.get(code) ?? own;
  };
  // A name that the header does not hold has no other way to the firmware, whatever it asks for.
  const forced: number[] = isFirmware(client)
    ? [...BOOT_SET, ...(fitsHeader(content) ? [] : [Code.bootFileName])]
    : BOOT_SET.filter((code) => forVendor.size > 0 && forVendor.has(code));
  if (client.kind === "http" && needsResolver(content)) forced.push(Code.domainNameServer);
  if (client.ipxe !== undefined) forced.push(Code.ipxe);
  return {
    available,
    forced: client.kind === "pxe" ? [...forced, ...PXELINUX_OPTIONS] : forced,
    listed: listedOptions(request, client, forAll),
  };
}

/**
 * What a client asks for; what is usual and what the operator sets, where it does not list that. Firmware and BOOTP
 * clients are told the mask and the router whatever they ask for: a Raspberry Pi 3 asks for neither, and then does not
 * find a TFTP server behind a router.
 */
function listedOptions(request: Message, { kind }: Client, forAll: Options): Wishes["listed"] {
  const list = request.options.get(Code.parameterRequestList);
  if (list !== undefined) {
    const missing = kind === "dhcp" ? [] : WAY_OUT.filter((code) => !list.includes(code));
    return missing.length === 0 ? list : [...missing, ...list];
  }
  return [...USUAL_OPTIONS, ...[...forAll.keys()].filter((code) => !VENDOR_OPTIONS.includes(code))];
}

/** What the operator sets for this client: for all, and for its vendor class. */
function configuredOptions(
  client: Client,
  { forAll, forVendors }: OptionPlan,
): { readonly forAll: Options; readonly forVendor: Options } {
  // What vendors make of these is most often for PXE, which firmware that boots by HTTP must not see (conformance B22).
  const general =
    client.kind === "http" ? new Map([...forAll].filter(([code]) => !VENDOR_OPTIONS.includes(code))) : forAll;
  if (forVendors.length === 0) return { forAll: general, forVendor: NO_OPTIONS };
  const matching = forVendors.filter((each) => client.vendorClass.startsWith(each.vendorClass));
  return { forAll: general, forVendor: new Map(matching.flatMap(({ options }) => [...options])) };
}

/** Whether the boot file has room in `file`, or there is none. */
function fitsHeader({ bootFile }: ReplyContent): boolean {
  return bootFile === undefined || Buffer.byteLength(bootFile) <= LONGEST_FILE;
}

/** Whether the client has, and keeps, the address it says it has; what it says when it is given another is void. */
function keepsAddress({ ciaddr }: Message, { type, yiaddr }: ReplyContent): boolean {
  return (type === undefined || type === MessageType.ack) && (yiaddr === UNSPECIFIED || yiaddr === ciaddr);
}

/**
 * How many octets of options there is room for beside the echoed ones. RFC 2132 9.10: option 57 counts the IP and UDP
 * headers too; what a relay agent takes out again does not burden the client.
 */
function sizeLimit(request: Message, type: number | undefined, echoed: readonly (readonly [number, Buffer])[]): number {
  if (type === undefined) return BOOTP_OPTIONS_SIZE;
  const value = request.options.get(Code.maximumMessageSize);
  const asked = value?.length === 2 ? value.readUInt16BE(0) - IP_AND_UDP : 0;
  let [all, clients] = [0, 0];
  for (const [code, option] of echoed) {
    const size = sizeOfOption(code, option);
    all += size;
    if (code !== Code.relayAgentInformation) clients += size;
  }
  return Math.min(LARGEST_SIZE - all, Math.max(USUAL_SIZE, asked) - clients) - FIXED_SIZE;
}
