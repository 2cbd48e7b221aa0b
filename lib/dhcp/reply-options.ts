import { FROM_REQUEST, rule, type Sourced } from "../config/origin.js";
import { isFirmware, type Client } from "../machine/client.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import { sizeOfOption } from "../options/codec.js";
import { Code } from "../options/codes.js";
import { encodeAddresses } from "../options/encodings.js";
import type { OptionPlan, OptionValues } from "../options/setting.js";
import { bootOptions, needsResolver } from "./boot-options.js";
import { echoedOptions } from "./echoed-options.js";
import { fitOptions, type ReplyOptions, type Wanted } from "./fit-options.js";
import { encodeSeconds, leaseOriginFor, leaseSecondsFor, renewalOptions } from "./lease-time.js";
import { MessageType, type Message } from "./message.js";
import type { ReplyContent } from "./reply-content.js";
import type { EncodedFacts, NetworkFacts } from "./reply-facts.js";

/** The largest UDP payload that a client must accept unless it says otherwise (RFC 2131 2). */
const USUAL_SIZE = 548;
/** The UDP payload of one Ethernet frame: EDK2 accepts no more, whatever its option 57 says. */
const LARGEST_SIZE = 1472;
const IP_AND_UDP = 28;
const FIXED_SIZE = 240;
/** The vendor field of RFC 951 without the cookie; a BOOTP reply never exceeds it (RFC 1534 2). */
const BOOTP_OPTIONS_SIZE = 60;

const LONGEST_FILE = 127;

const MESSAGE_TYPE = rule("RFC 2131");
const OVERRIDDEN_IDENTIFIER = rule("the server identifier override of its relay agent (RFC 5107)");
const WHY_REFUSED = rule("why it is refused");
const UNKNOWN_NAME = rule("what it is called");

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

/** Option 53 of each message type. */
const TYPES = Array.from({ length: MessageType.inform + 1 }, (_, type) => ({
  value: Buffer.from([type]),
  origin: MESSAGE_TYPE,
}));
const NO_OPTIONS: OptionValues = new Map();
const NO_CODES: readonly number[] = [];
const NO_VENDORS: readonly OptionValues[] = [];

/** The inputs of a reply's options. */
export interface Making {
  readonly request: Message;
  readonly client: Client;
  readonly facts: NetworkFacts;
  readonly encoded: EncodedFacts;
  readonly content: ReplyContent;
  /** Whether to keep the origins of the values. */
  readonly explained: boolean;
}

/** Returns the options of a reply: what the message must have, what is wanted and fits, and what is echoed. */
export function replyOptions(making: Making): ReplyOptions {
  const { request, content, explained } = making;
  const echoed = echoedOptions(request, content.type);
  const room = sizeLimit(request, content.type, echoed) - 1;
  const essentials = essentialOptions(making);
  const { available, forced, listed } = content.type === MessageType.nak ? NOTHING_WANTED : wantedOptions(making);
  const wanted = {
    available: (code: number) => essentials.get(code) ?? available(code),
    essential: [...essentials.keys()],
    forced,
    listed,
    explained,
  };
  const chosen = fitOptions(wanted, room);
  for (const [code, value] of echoed) chosen.set(code, value, FROM_REQUEST);
  return chosen;
}

/** Returns the options that a DHCP message of this type must have. They take precedence over all others. */
function essentialOptions({ request, facts, encoded, content }: Making): OptionValues {
  const { type } = content;
  if (type === undefined) return NO_OPTIONS;
  const { serverIdentifier: overridden } = facts;
  const essentials = new Map<number, Sourced<Buffer>>();
  essentials.set(Code.messageType, TYPES[type] ?? { value: Buffer.from([type]), origin: MESSAGE_TYPE });
  essentials.set(
    Code.serverIdentifier,
    overridden === undefined
      ? encoded.serverIdentifier
      : { value: encodeAddresses([overridden]), origin: OVERRIDDEN_IDENTIFIER },
  );
  if (type === MessageType.nak && content.message !== undefined) {
    essentials.set(Code.message, { value: Buffer.from(content.message), origin: WHY_REFUSED });
  }
  if (content.yiaddr !== UNSPECIFIED) {
    const value = encodeSeconds(content.leaseSeconds ?? leaseSecondsFor(request, facts));
    essentials.set(Code.leaseTime, { value, origin: leaseOriginFor(request, facts, facts.origins) });
  }
  return essentials;
}

type Wishes = Pick<Wanted, "available" | "forced" | "listed">;

const NOTHING_WANTED: Wishes = { available: () => undefined, forced: [], listed: [] };

function wantedOptions({ request, client, facts, encoded, content }: Making): Wishes {
  const { forAll } = facts.options;
  const ofVendor = vendorOptions(client, facts.options);
  // General values of these are usually meant for PXE; firmware that boots by HTTP must not see them (conformance B22).
  const withheld = client.kind === "http" ? VENDOR_OPTIONS : NO_CODES;
  const configured = (code: number): Sourced<Buffer> | undefined =>
    lastOf(ofVendor, code) ?? (withheld.includes(code) ? undefined : forAll.get(code));
  // Computed on demand: most clients do not ask for these times.
  let times = content.yiaddr === UNSPECIFIED ? NO_OPTIONS : undefined;
  const boot = bootOptions(request, client, facts, content);
  const hostName = hostNameIn(content);
  const available = (code: number): Sourced<Buffer> | undefined => {
    if (content.proxied === true && !BOOT_OPTIONS.has(code)) return undefined;
    if (code === Code.renewalTime || code === Code.rebindingTime) {
      times ??= renewalOptions(content.leaseSeconds ?? leaseSecondsFor(request, facts), configured);
      return times.get(code);
    }
    const own = code === Code.hostName ? hostName : encoded.options.get(code);
    return configured(code) ?? boot.get(code) ?? own;
  };
  // A boot file name too long for the header reaches firmware only in option 67, whether requested or not.
  const forced: number[] = isFirmware(client)
    ? [...BOOT_SET, ...(fitsHeader(content) ? [] : [Code.bootFileName])]
    : BOOT_SET.filter((code) => lastOf(ofVendor, code) !== undefined);
  if (client.kind === "http" && needsResolver(content)) forced.push(Code.domainNameServer);
  if (client.ipxe !== undefined) forced.push(Code.ipxe);
  return {
    available,
    forced: client.kind === "pxe" ? [...forced, ...PXELINUX_OPTIONS] : forced,
    listed: listedOptions(request, client, forAll),
  };
}

function hostNameIn({ hostName, hostNameOrigin: origin = UNKNOWN_NAME }: ReplyContent): Sourced<Buffer> | undefined {
  return hostName === undefined ? undefined : { value: Buffer.from(hostName), origin };
}

/**
 * Returns the codes of the options a client asks for; without a list, the usual ones and those the operator sets.
 * Firmware and BOOTP clients always get mask and router: a Raspberry Pi 3 requests neither, and then does not reach a
 * TFTP server behind a router.
 */
function listedOptions(request: Message, { kind }: Client, forAll: OptionValues): Wishes["listed"] {
  const list = request.options.get(Code.parameterRequestList);
  if (list !== undefined) {
    const missing = kind === "dhcp" ? [] : WAY_OUT.filter((code) => !list.includes(code));
    return missing.length === 0 ? list : [...missing, ...list];
  }
  return [...USUAL_OPTIONS, ...[...forAll.keys()].filter((code) => !VENDOR_OPTIONS.includes(code))];
}

/** Returns the options that the operator sets for the vendor class of a client; of two values the later one applies. */
function vendorOptions({ vendorClass }: Client, { forVendors }: OptionPlan): readonly OptionValues[] {
  if (forVendors.length === 0) return NO_VENDORS;
  return forVendors.filter((each) => vendorClass.startsWith(each.vendorClass)).map(({ options }) => options);
}

function lastOf(layers: readonly OptionValues[], code: number): Sourced<Buffer> | undefined {
  for (let index = layers.length - 1; index >= 0; index -= 1) {
    const found = layers[index]?.get(code);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether `file` has room for the boot file name; true without a boot file. */
export function fitsHeader({ bootFile }: ReplyContent): boolean {
  return bootFile === undefined || Buffer.byteLength(bootFile) <= LONGEST_FILE;
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
