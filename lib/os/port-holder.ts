import { readdir, readFile, readlink } from "node:fs/promises";
import { endianness } from "node:os";
import { basename } from "node:path";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";

/** A process that has a port open. */
export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

/** TCP_LISTEN in the kernel's tables. */
const LISTENING = "0A";

/**
 * Finds the process that has a port of one of this host's addresses open, from what Linux lists in /proc.
 *
 * @returns undefined where that cannot be seen: on another system, or without the right to inspect other processes
 */
export async function findPortHolder(
  protocol: "udp" | "tcp",
  address: Ipv4,
  port: number,
): Promise<PortHolder | undefined> {
  const inodes = new Set<string>();
  for (const table of [protocol, `${protocol}6`]) {
    for (const inode of await socketsOn(`/proc/net/${table}`, protocol, address, port)) inodes.add(inode);
  }
  if (inodes.size === 0) return undefined;
  const pids = (await entriesOf("/proc")).filter((entry) => /^[0-9]+$/.test(entry) && Number(entry) !== process.pid);
  for (const pid of pids) {
    if (await holdsOneOf(pid, inodes)) return { pid: Number(pid), name: await nameOf(pid) };
  }
  return undefined;
}

/** Returns the name of a process, or of its program where the name is Node.js's: "node", or since 23 "MainThread". */
async function nameOf(pid: string): Promise<string> {
  const name = (await readText(`/proc/${pid}/comm`)).trim();
  if (name === "") return "?";
  if (name !== "node" && name !== "MainThread") return name;
  const [, program = "-"] = (await readText(`/proc/${pid}/cmdline`)).split("\0");
  return program.startsWith("-") ? "node" : basename(program, ".js");
}

/**
 * Returns the sockets that conflict with a port of the address, by the local address in field 2, the state in 4 and the
 * inode in 10 of each row (proc(5)).
 */
async function socketsOn(
  table: string,
  protocol: "udp" | "tcp",
  address: Ipv4,
  port: number,
): Promise<readonly string[]> {
  const rows = (await readText(table)).split("\n").map((row) => row.trim().split(/\s+/));
  return rows.flatMap(([, local = "", , state, , , , , , inode]) => {
    const [bound = "", boundPort = ""] = local.split(":");
    const here = Number.parseInt(boundPort, 16) === port && (protocol === "udp" || state === LISTENING);
    return here && isInTheWay(bound, address) && inode !== undefined ? [`socket:[${inode}]`] : [];
  });
}

/**
 * Whether a socket on `bound`, as the kernel writes it (each 32 bits in host byte order), conflicts with one on
 * `address`.
 */
function isInTheWay(bound: string, address: Ipv4): boolean {
  if (address === UNSPECIFIED || /^0+$/.test(bound)) return true;
  const octets = Buffer.from(bound.slice(-8), "hex");
  return octets.length === 4 && (endianness() === "LE" ? octets.readUInt32LE(0) : octets.readUInt32BE(0)) === address;
}

async function holdsOneOf(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const descriptor of await entriesOf(folder)) {
    const target = await readlink(`${folder}/${descriptor}`).catch(() => "");
    if (inodes.has(target)) return true;
  }
  return false;
}

/** Reads a file; empty where that fails: processes end meanwhile, and some may not be inspected. */
function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

function entriesOf(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
