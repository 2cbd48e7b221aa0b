import { FROM_REQUEST, rule, type Origin, type Sourced } from "../config/origin.js";
import { encodeAddresses } from "../options/encodings.js";
import { WAIT_FOR_EVER, type Menu } from "../boot/menu.js";
import { formatIpv4, parseIpv4, type Ipv4 } from "../net/ipv4.js";
import { VENDOR_CLASS, type Client } from "../machine/client.js";
import { NO_PROXY_DHCP } from "../options/ipxe.js";
import type { Message } from "./message.js";
import { bootServerOrigin, serverNameOrigin, type NetworkFacts } from "./reply-facts.js";
import { Code } from "../options/codes.js";
import type { OptionValues } from "../options/setting.js";
import type { PxeStyle, QuirkOrigins } from "../machine/profile.js";
import { Discovery, encodePxeOptions, LOCAL_BOOT, type PxeOptions } from "../options/pxe.js";

const NOTHING: OptionValues = new Map();

const BY_HTTP = rule("what HTTP boot firmware takes");
const BYPASS = rule("bypass (pxe_style)");
const FILE_SIZE = rule("the size of that file");
const NO_WAITING = rule("iPXE need not wait for a proxyDHCP server");

/** The boot parameters of an answer. */
export interface BootContent {
  readonly bootFile?: string | undefined;
  /** The size of the boot file in blocks of 512 octets, where it is known. */
  readonly bootFileBlocks?: number | undefined;
  /** The menu to choose from, instead of a boot file. */
  readonly menu?: Menu | undefined;
  /** The menu choice that this answers. */
  readonly bootItem?: PxeOptions["bootItem"];
  /** How PXE firmware is told; `bypass` by default. */
  readonly pxeStyle?: PxeStyle | undefined;
  /** The menu label that the firmware looks for. */
  readonly menuLabel?: string | undefined;
  /** The vendor class to answer PXE firmware with, where it is not `PXEClient`. */
  readonly vendorClass?: string | undefined;
  /** Whether to end options 66 and 67 with a NUL, for clients that read past the end otherwise. */
  readonly nulTerminate?: boolean | undefined;
  /** Whether another server gives the address, so that this answer is about booting alone. */
  readonly proxied?: boolean | undefined;
  /** Where the boot file or the menu comes from. */
  readonly origin?: Origin | undefined;
  /** Where the deviations of the client's profiles come from. */
  readonly quirkOrigins?: QuirkOrigins | undefined;
}

/** The origin of a boot file that nothing says the origin of. */
export const UNKNOWN_BOOT = rule("what it boots");

/** The server that boot files come from. */
export type BootServer = Pick<NetworkFacts, "serverAddress" | "serverName" | "nextServer" | "origins">;

type Adding = Map<number, Sourced<Buffer>>;

/** Returns the options of a booting client: boot file, server, and for firmware how to proceed. */
export function bootOptions(request: Message, client: Client, server: BootServer, content: BootContent): OptionValues {
  const options: Adding = new Map();
  addFileOptions(options, server, content);
  addVendorOptions(options, client, server, content);
  if (options.size === 0) return NOTHING;
  // RFC 4578 2.3: a server echoes option 97.
  const identifier = request.options.get(Code.clientMachineIdentifier);
  if (client.kind === "pxe" && identifier !== undefined)
    options.set(Code.clientMachineIdentifier, { value: identifier, origin: FROM_REQUEST });
  if (client.ipxe !== undefined && content.proxied !== true)
    options.set(Code.ipxe, { value: NO_PROXY_DHCP, origin: NO_WAITING });
  return options;
}

/**
 * Whether a client must be told the DNS servers even if it does not ask: its boot URL has a host name (conformance
 * B21).
 */
export function needsResolver({ bootFile = "" }: BootContent): boolean {
  if (!/^https?:\/\//i.test(bootFile) || !URL.canParse(bootFile)) return false;
  return parseIpv4(new URL(bootFile).hostname) === undefined;
}

function addFileOptions(
  options: Adding,
  server: BootServer,
  { bootFile, bootFileBlocks, nulTerminate = false, origin = UNKNOWN_BOOT }: BootContent,
): void {
  if (bootFile === undefined) return;
  const { serverAddress, serverName, nextServer } = server;
  const end = nulTerminate ? "\0" : "";
  const named = (nextServer === undefined ? serverName : formatIpv4(nextServer)) + end;
  const address = bootServerOrigin(server);
  const nameOrigin = nextServer === undefined ? serverNameOrigin(server) : address;
  options.set(Code.tftpServerName, { value: Buffer.from(named), origin: nameOrigin });
  options.set(Code.tftpServerAddress, { value: encodeAddresses([nextServer ?? serverAddress]), origin: address });
  options.set(Code.bootFileName, { value: Buffer.from(bootFile + end), origin });
  if (bootFileBlocks === undefined || bootFileBlocks > 0xffff) return;
  const size = Buffer.from([bootFileBlocks >> 8, bootFileBlocks & 255]);
  options.set(Code.bootFileSize, { value: size, origin: FILE_SIZE });
}

/**
 * Adds options 60 and 43, for firmware only. PXE and HTTP firmware each ignore an answer with the other's vendor class.
 */
function addVendorOptions(options: Adding, client: Client, server: BootServer, content: BootContent): void {
  const { bootFile, menuLabel, menu } = content;
  if (client.kind === "http") {
    if (bootFile !== undefined) options.set(Code.vendorClass, { value: HTTP_CLIENT, origin: BY_HTTP });
    return;
  }
  if (client.kind !== "pxe") return;
  const specific = vendorSpecific(server, content);
  const silent = bootFile === undefined && menu === undefined && menuLabel === undefined;
  if (silent || (specific === undefined && styleOf(content) === "plain")) return;
  const origin = vendorOrigin(content);
  const ownClass = content.vendorClass;
  const value = ownClass === undefined ? PXE_CLIENT : Buffer.from(ownClass);
  const classOrigin = ownClass === undefined ? undefined : content.quirkOrigins?.kind;
  options.set(Code.vendorClass, { value, origin: classOrigin ?? origin });
  if (specific !== undefined) options.set(Code.vendorSpecific, { value: encodePxeOptions(specific), origin });
}

const PXE_CLIENT = Buffer.from(VENDOR_CLASS.pxe);
const HTTP_CLIENT = Buffer.from(VENDOR_CLASS.http);

/** Returns the origin of option 43: what {@link vendorSpecific} makes it from. */
function vendorOrigin({ bootItem, menuLabel, menu, bootFile, origin, quirkOrigins }: BootContent): Origin {
  if (bootItem !== undefined) return FROM_REQUEST;
  if (menuLabel !== undefined) return quirkOrigins?.menuLabel ?? UNKNOWN_BOOT;
  if (menu !== undefined && bootFile === undefined) return origin ?? UNKNOWN_BOOT;
  return quirkOrigins?.pxeStyle ?? BYPASS;
}

/** Returns the PXE style. Without option 60 firmware ignores an offer without an address (conformance B12). */
function styleOf({ pxeStyle = "bypass", proxied = false }: BootContent): PxeStyle {
  return pxeStyle === "plain" && proxied ? "binl" : pxeStyle;
}

function vendorSpecific({ serverAddress }: BootServer, content: BootContent): PxeOptions | undefined {
  const { bootItem, menuLabel, menu, bootFile } = content;
  if (bootItem !== undefined) return { bootItem };
  if (menuLabel !== undefined) {
    return {
      discoveryControl: Discovery.noBroadcast | Discovery.noMulticast,
      bootMenu: [{ type: LOCAL_BOOT, label: menuLabel }],
      menuPrompt: { seconds: 0, text: "PXE" },
    };
  }
  if (menu !== undefined && bootFile === undefined) return menuOptions(menu, serverAddress);
  return styleOf(content) === "bypass" ? { discoveryControl: Discovery.useBootFile } : undefined;
}

/**
 * Returns the options of a menu. Servers and menu must list the same types: EDK2 gives up on a type that only the menu
 * has (conformance B11).
 */
function menuOptions({ prompt, seconds, items }: Menu, address: Ipv4): PxeOptions {
  return {
    discoveryControl: Discovery.noBroadcast | Discovery.noMulticast,
    bootServers: items.filter(({ type }) => type !== LOCAL_BOOT).map(({ type }) => ({ type, addresses: [address] })),
    bootMenu: items.map(({ type, label }) => ({ type, label })),
    menuPrompt: { seconds: Math.min(seconds, WAIT_FOR_EVER), text: prompt },
  };
}
