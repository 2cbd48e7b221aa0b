import { describeCause } from "../events/causes/describe.js";
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

/** Describes a client: `PXE firmware, architecture 7 (x64 UEFI), UUID …`. */
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

/** Describes what a client boots: `; boot file NAME`, or a menu, or why there is no file. */
export function bootPart(boot: BootNotice): string {
  if (boot === undefined) return "";
  if ("menu" in boot) return `; a menu of ${boot.menu.join(", ")}`;
  return "file" in boot ? `; boot file ${boot.file}` : `; no boot file: ${describeCause(boot.noFile)}`;
}

/** Returns the boot file as a log field. */
export function bootFields(boot: BootNotice): Fields {
  return boot !== undefined && "file" in boot ? { bootFile: boot.file } : {};
}

/**
 * Returns the log level for a boot notice: an unintended lack of a boot file is a warning, since the operator has to
 * act.
 */
export function levelFor(boot: BootNotice): Level {
  return boot !== undefined && "noFile" in boot && boot.meant !== true ? "warning" : "info";
}

/** Returns a client's log fields, with further ones. */
export function fieldsOf({ mac, uuid, architecture }: Machine, more: Fields): Fields {
  return { mac, uuid, architecture, ...more };
}

/** Formats an endpoint: `192.168.77.102:2070`. */
export function formatPeer({ address, port }: Endpoint): string {
  return `${formatIpv4(address)}:${port}`;
}

/**
 * Replaces control and format characters: texts from clients must not control a terminal, start a line, or reverse the
 * direction of text.
 */
export function printable(text: string): string {
  // Takes the fast path for plain ASCII, which nearly every line is.
  return /[^\x20-\x7e]/.test(text) ? text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?") : text;
}
