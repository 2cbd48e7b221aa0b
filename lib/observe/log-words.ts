import { describeArchitecture } from "../machine/architecture.js";
import type { BootNotice, Machine } from "../events/event.js";
import type { Fields, Level } from "../common/log-line.js";
import { formatIpv4 } from "../net/ipv4.js";
import type { Endpoint } from "../os/udp.js";

const KINDS = {
  pxe: "PXE firmware",
  http: "HTTP boot firmware",
  dhcp: "a DHCP client",
  bootp: "a BOOTP client",
} as const;

/** `PXE firmware, architecture 7 (x64 UEFI), UUID …` */
export function whoIs({ kind, architecture, uuid }: Machine): string {
  const what = KINDS[kind];
  if (architecture === undefined && uuid === undefined) return what;
  const parts = [
    what,
    ...(architecture === undefined ? [] : [`architecture ${describeArchitecture(architecture)}`]),
    ...(uuid === undefined ? [] : [`UUID ${uuid}`]),
  ];
  return parts.join(", ");
}

/** `; boot file NAME`, or what there is instead. */
export function bootPart(boot: BootNotice): string {
  if (boot === undefined) return "";
  if ("menu" in boot) return `; a menu of ${boot.menu.join(", ")}`;
  return "file" in boot ? `; boot file ${boot.file}` : `; no boot file: ${boot.noFile}`;
}

/** The same in parts. */
export function bootFields(boot: BootNotice): Fields {
  return boot !== undefined && "file" in boot ? { bootFile: boot.file } : {};
}

/** A machine that wants to boot and is told of nothing to boot needs somebody to look at it. */
export function levelFor(boot: BootNotice): Level {
  return boot !== undefined && "noFile" in boot && boot.meant !== true ? "warning" : "info";
}

/** A machine in parts, and more. */
export function fieldsOf({ mac, uuid, architecture }: Machine, more: Fields): Fields {
  return { mac, uuid, architecture, ...more };
}

/** `192.168.77.102:2070` */
export function formatPeer({ address, port }: Endpoint): string {
  return `${formatIpv4(address)}:${port}`;
}

/**
 * What clients send may hold anything; control characters of theirs reach neither a terminal nor a line of their own, and
 * none turns round how a line is read.
 */
export function printable(text: string): string {
  // Nearly every line is plain.
  return /[^\x20-\x7e]/.test(text) ? text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?") : text;
}
