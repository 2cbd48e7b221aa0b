import { encodeAddresses } from "../options/encodings.js";
import { WAIT_FOR_EVER, type Menu } from "../boot/menu.js";
import { formatIpv4, parseIpv4, type Ipv4 } from "../net/ipv4.js";
import { VENDOR_CLASS, type Client } from "../machine/client.js";
import { NO_PROXY_DHCP } from "../options/ipxe.js";
import type { Message } from "./message.js";
import type { Options } from "../options/codec.js";
import { Code } from "../options/codes.js";
import type { PxeStyle } from "../machine/profile.js";
import { Discovery, encodePxeOptions, LOCAL_BOOT, type PxeOptions } from "../options/pxe.js";

const NOTHING: Options = new Map();

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
}

/** The server that boot files come from. */
export interface BootServer {
  readonly address: Ipv4;
  readonly name: string;
  /** The TFTP server, where it is not this host. */
  readonly nextServer?: Ipv4 | undefined;
}

/** Returns the options of a booting client: boot file, server, and for firmware how to proceed. */
export function bootOptions(request: Message, client: Client, server: BootServer, content: BootContent): Options {
  const [files, specific] = [fileOptions(server, content), vendorOptions(client, server, content)];
  if (files.length + specific.length === 0) return NOTHING;
  const options = new Map([...files, ...specific]);
  // RFC 4578 2.3: a server echoes option 97.
  const identifier = request.options.get(Code.clientMachineIdentifier);
  if (client.kind === "pxe" && identifier !== undefined) options.set(Code.clientMachineIdentifier, identifier);
  if (client.ipxe !== undefined && content.proxied !== true) options.set(Code.ipxe, NO_PROXY_DHCP);
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

function fileOptions(
  { address, name, nextServer }: BootServer,
  { bootFile, bootFileBlocks, nulTerminate = false }: BootContent,
): [number, Buffer][] {
  if (bootFile === undefined) return [];
  const end = nulTerminate ? "\0" : "";
  const options: [number, Buffer][] = [
    [Code.tftpServerName, Buffer.from((nextServer === undefined ? name : formatIpv4(nextServer)) + end)],
    [Code.tftpServerAddress, encodeAddresses([nextServer ?? address])],
    [Code.bootFileName, Buffer.from(bootFile + end)],
  ];
  if (bootFileBlocks !== undefined && bootFileBlocks <= 0xffff) {
    options.push([Code.bootFileSize, Buffer.from([bootFileBlocks >> 8, bootFileBlocks & 255])]);
  }
  return options;
}

/**
 * Returns options 60 and 43, for firmware only. PXE and HTTP firmware each ignore an answer with the other's vendor
 * class.
 */
function vendorOptions(client: Client, server: BootServer, content: BootContent): [number, Buffer][] {
  const { bootFile, menuLabel } = content;
  if (client.kind === "http") {
    return bootFile === undefined ? [] : [[Code.vendorClass, Buffer.from(VENDOR_CLASS.http)]];
  }
  if (client.kind !== "pxe") return [];
  const specific = vendorSpecific(server, content);
  const silent = bootFile === undefined && content.menu === undefined && menuLabel === undefined;
  if (silent || (specific === undefined && styleOf(content) === "plain")) return [];
  const options: [number, Buffer][] = [[Code.vendorClass, Buffer.from(content.vendorClass ?? VENDOR_CLASS.pxe)]];
  if (specific !== undefined) options.push([Code.vendorSpecific, encodePxeOptions(specific)]);
  return options;
}

/** Returns the PXE style. Without option 60 firmware ignores an offer without an address (conformance B12). */
function styleOf({ pxeStyle = "bypass", proxied = false }: BootContent): PxeStyle {
  return pxeStyle === "plain" && proxied ? "binl" : pxeStyle;
}

function vendorSpecific({ address }: BootServer, content: BootContent): PxeOptions | undefined {
  const { bootItem, menuLabel, menu, bootFile } = content;
  if (bootItem !== undefined) return { bootItem };
  if (menuLabel !== undefined) {
    return {
      discoveryControl: Discovery.noBroadcast | Discovery.noMulticast,
      bootMenu: [{ type: LOCAL_BOOT, label: menuLabel }],
      menuPrompt: { seconds: 0, text: "PXE" },
    };
  }
  if (menu !== undefined && bootFile === undefined) return menuOptions(menu, address);
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
