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
import { Code } from "../options/codes.js";

/** The parameters of a network that replies announce. */
export interface NetworkFacts extends LeaseTerms {
  readonly serverAddress: Ipv4;
  /** The server identifier to announce where it is not the server's address (RFC 5107). */
  readonly serverIdentifier?: Ipv4;
  readonly subnet: Subnet;
  readonly router: Ipv4 | undefined;
  readonly dns: readonly Ipv4[];
  readonly domain: string;
  /** The name of the boot server, for `sname` and option 66; at most 63 octets. */
  readonly serverName: string;
  /** The TFTP server, where it is not this host. */
  readonly nextServer?: Ipv4 | undefined;
  /** The options set by the operator; they replace those derived from the fields above. */
  readonly options: OptionPlan;
  /** The result of {@link encodeFacts}, if already computed: it is the same in each reply. */
  readonly encoded?: EncodedFacts;
}

/** The encoded parameters of a network. */
export interface EncodedFacts {
  readonly sname: Buffer;
  readonly serverIdentifier: Buffer;
  readonly options: Options;
}

/** The content of one reply. */
export interface ReplyContent extends BootContent {
  /** A value of option 53; undefined for a BOOTP reply. */
  readonly type: number | undefined;
  /** The address given, or 0.0.0.0. */
  readonly yiaddr: Ipv4;
  readonly hostName?: string | undefined;
  /** The text of option 56 in a DHCPNAK, for the client's log. */
  readonly message?: string | undefined;
}

/**
 * Returns the content of a reply with an address. Copies field by field: `...` is slow, and this runs for each packet.
 */
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

/** The largest UDP payload that a client must accept unless it says otherwise (RFC 2131 2). */
const USUAL_SIZE = 548;
/** The UDP payload of one Ethernet frame: EDK2 accepts no more, whatever its option 57 says. */
const LARGEST_SIZE = 1472;
const IP_AND_UDP = 28;
const FIXED_SIZE = 240;
/** The vendor field of RFC 951 without the cookie; a BOOTP reply never exceeds it (RFC 1534 2). */
const BOOTP_OPTIONS_SIZE = 60;

const LONGEST_FILE = 127;

/** The options sent to a client without a parameter request list. */
const USUAL_OPTIONS = [Code.subnetMask, Code.router, Code.domainNameServer, Code.hostName, Code.domainName];

/** The options a client needs to reach a server outside its link. */
const WAY_OUT: readonly number[] = [Code.subnetMask, Code.router];

/** Options whose meaning depends on the vendor class. */
const VENDOR_OPTIONS: readonly number[] = [Code.vendorClass, Code.vendorSpecific];

/** The options by which firmware recognises a boot answer. */
const BOOT_SET: readonly number[] = [Code.vendorClass, Code.vendorSpecific, Code.clientMachineIdentifier];

/** RFC 5071 4: PXELINUX reads these from the answer to the boot ROM, which did not ask for them. */
const PXELINUX_OPTIONS = [Code.pxelinuxConfigFile, Code.pxelinuxPathPrefix, Code.pxelinuxRebootTime];

/**
 * All options that a proxyDHCP server sends; the others are left to the server that gives the address (PXE 2.1 2.2.3).
 */
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
/** The encoded value of option 53 for each message type. */
const TYPES = Array.from({ length: MessageType.inform + 1 }, (_, type) => Buffer.from([type]));
const NO_OPTIONS: Options = new Map();

/** Encodes the parameters that are the same in each reply. */
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
    // RFC 2131 4.3.2: a relay agent must broadcast a DHCPNAK, and any reply without an address to send it to.
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

/** The inputs of a reply's options. */
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

/** Returns the options that a DHCP message of this type must have. They take precedence over all others. */
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
  // Computed on demand: most clients do not ask for these times.
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
  // A boot file name too long for the header reaches firmware only in option 67, whether requested or not.
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
 * Returns the codes of the options a client asks for; without a list, the usual ones and those the operator sets.
 * Firmware and BOOTP clients always get mask and router: a Raspberry Pi 3 requests neither, and then does not reach a
 * TFTP server behind a router.
 */
function listedOptions(request: Message, { kind }: Client, forAll: Options): Wishes["listed"] {
  const list = request.options.get(Code.parameterRequestList);
  if (list !== undefined) {
    const missing = kind === "dhcp" ? [] : WAY_OUT.filter((code) => !list.includes(code));
    return missing.length === 0 ? list : [...missing, ...list];
  }
  return [...USUAL_OPTIONS, ...[...forAll.keys()].filter((code) => !VENDOR_OPTIONS.includes(code))];
}

/** Returns the options the operator sets for this client: general ones, and those of its vendor class. */
function configuredOptions(
  client: Client,
  { forAll, forVendors }: OptionPlan,
): { readonly forAll: Options; readonly forVendor: Options } {
  // General values of these are usually meant for PXE; firmware that boots by HTTP must not see them (conformance B22).
  const general =
    client.kind === "http" ? new Map([...forAll].filter(([code]) => !VENDOR_OPTIONS.includes(code))) : forAll;
  if (forVendors.length === 0) return { forAll: general, forVendor: NO_OPTIONS };
  const matching = forVendors.filter((each) => client.vendorClass.startsWith(each.vendorClass));
  return { forAll: general, forVendor: new Map(matching.flatMap(({ options }) => [...options])) };
}

/** Whether `file` has room for the boot file name; true without a boot file. */
function fitsHeader({ bootFile }: ReplyContent): boolean {
  return bootFile === undefined || Buffer.byteLength(bootFile) <= LONGEST_FILE;
}

/** Whether the reply repeats ciaddr: only where the client keeps that address. */
function keepsAddress({ ciaddr }: Message, { type, yiaddr }: ReplyContent): boolean {
  return (type === undefined || type === MessageType.ack) && (yiaddr === UNSPECIFIED || yiaddr === ciaddr);
}

/**
 * Returns the number of octets available for options beside the echoed ones. Option 57 counts the IP and UDP headers
 * too (RFC 2132 9.10). The relay agent removes option 82, so that option does not count towards the client's limit.
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
