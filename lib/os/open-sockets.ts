import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { counted } from "../common/counted.js";
import { formatIpv4, toIpv4 } from "../net/ipv4.js";

/** TCP_LISTEN in the kernel's tables. */
const LISTENING = "0A";

/** Describes the network sockets that this process has open, as Linux lists them; returns none on another system. */
export function openSockets(): readonly string[] {
  const own = ownSockets();
  const isOwn = (inode: string | undefined): boolean => inode !== undefined && own.has(inode);
  const udp = rowsOf("udp").filter(([, , , , , , , , , inode]) => isOwn(inode));
  const tcp = rowsOf("tcp").filter(([, , , state, , , , , , inode]) => state === LISTENING && isOwn(inode));
  const packet = rowsOf("packet").filter((row) => isOwn(row[8]));
  return [
    ...udp.map(([, local = ""]) => `UDP ${formatLocal(local)}`),
    ...tcp.map(([, local = ""]) => `TCP ${formatLocal(local)}`),
    ...(packet.length === 0 ? [] : [counted(packet.length, "packet socket")]),
  ];
}

/** Returns the inode numbers of this process's sockets. */
function ownSockets(): ReadonlySet<string> {
  try {
    const links = readdirSync("/proc/self/fd").map((name) => linkOf(`/proc/self/fd/${name}`));
    return new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ""));
  } catch {
    return new Set();
  }
}

/** Reads a link; empty for the descriptor that listed the folder, which is closed by now. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** Returns the fields of a table's rows (proc(5)), without the header. */
function rowsOf(table: string): readonly (readonly string[])[] {
  try {
    const lines = readFileSync(`/proc/self/net/${table}`, "utf8").trim().split("\n");
    return lines.slice(1).map((line) => line.trim().split(/\s+/));
  } catch {
    return [];
  }
}

/** Formats `0100A8C0:0043`: the address in the byte order of this processor's memory, then the port. */
function formatLocal(local: string): string {
  const [address = "", port = ""] = local.split(":");
  const octets = Buffer.from(address, "hex").reverse();
  return `${formatIpv4(toIpv4(octets.readUInt32BE()))}:${Number.parseInt(port, 16)}`;
}
