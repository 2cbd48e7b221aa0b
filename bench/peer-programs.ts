/**
 * Where the peers' programs are. tftpd-hpa and atftpd cannot be installed beside each other, and either would start
 * serving the host's own network: what is not installed is unpacked from its Debian package and run from there.
 */

import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun, runCommand } from "../tests/lab/support/host.js";
import { missingTools } from "../tests/lab/support/tools.js";
import type { Peer } from "./options.js";
import { UNPACKED } from "./paths.js";

interface PeerProgram {
  readonly command: string;
  /** The start of its version message: atftpd's package calls its program in.tftpd too. */
  readonly says: RegExp;
  /** The Debian package that has it. */
  readonly package: string;
  /** Whether the package may be installed without a daemon being started by it. */
  readonly installable: boolean;
  /** The packages of libraries that it needs. */
  readonly libraries: readonly string[];
}

const PROGRAMS: Readonly<Record<Peer, PeerProgram>> = {
  dnsmasq: { command: "dnsmasq", says: /^dnsmasq /i, package: "dnsmasq-base", installable: true, libraries: [] },
  "tftpd-hpa": {
    command: "in.tftpd",
    says: /^tftp-hpa /,
    package: "tftpd-hpa",
    installable: false,
    libraries: ["libwrap0"],
  },
  atftpd: {
    command: "atftpd",
    says: /^atftp-/,
    package: "atftpd",
    installable: false,
    libraries: ["libwrap0", "libpcre2-8-0"],
  },
};

/** Tools that the benchmark needs besides the peers, with the Debian package of each. */
const TOOLS: Readonly<Record<string, string>> = {
  ip: "iproute2",
  taskset: "util-linux",
  cc: "gcc",
  "/usr/include/stdio.h": "libc6-dev",
  nginx: "nginx-light",
};

/** The error for a missing tool, in words for the user of the benchmark. */
export class MissingError extends Error {}

function lacking(packages: readonly string[]): MissingError {
  const names = [...new Set(packages)].sort().join(" ");
  return new MissingError(
    `This needs what is not here. Get it with\n\n  apt-get install --no-install-recommends ${names}`,
  );
}

/** Throws MissingError where commands or files are missing, with the packages that have them. */
export function requireTools(tools: Readonly<Record<string, string>>): void {
  const packages = missingTools(Object.keys(tools)).map((tool) => tools[tool] ?? tool);
  if (packages.length > 0) throw lacking(packages);
}

/** Throws MissingError with the packages to install. */
export function checkTools(peers: readonly Peer[]): void {
  const tools = missingTools(Object.keys(TOOLS)).map((tool) => TOOLS[tool] ?? tool);
  const programs = peers
    .map((peer) => PROGRAMS[peer])
    .filter((program) => program.installable && missingTools([program.command]).length > 0);
  const packages = [...tools, ...programs.map((program) => program.package)];
  if (packages.length > 0) throw lacking(packages);
}

/** Puts the package's files into `target`. */
async function unpack(name: string, target: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "pybootd-bench-"));
  try {
    await chmod(folder, 0o755); // apt-get downloads as a user of its own
    await mustRun("sh", ["-c", 'cd "$1" && apt-get -q download "$2"', "sh", folder, name], { timeoutSeconds: 120 });
    await mkdir(target, { recursive: true });
    for (const file of await readdir(folder)) await mustRun("dpkg-deb", ["-x", join(folder, file), target]);
  } catch (error) {
    throw new MissingError(`${name} cannot be downloaded (has apt-get update been run?)\n${String(error)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The path or name of the peer's program, which is unpacked where it is not installed. Throws MissingError. */
export async function findPeer(peer: Peer): Promise<string> {
  const { command, says, package: name, libraries } = PROGRAMS[peer];
  if (missingTools([command]).length === 0 && says.test(await peerVersion(command))) return command;
  const target = join(UNPACKED, peer);
  const path = join(target, "usr/sbin", command);
  if (!existsSync(path)) await unpack(name, target);
  const { stdout } = await runCommand("ldd", [path]);
  if (stdout.includes("not found")) throw lacking(libraries);
  return path;
}

/** Returns the version message of a peer's program. */
export async function peerVersion(program: string): Promise<string> {
  const { stdout, stderr } = await runCommand(program, ["--version"]);
  return (stdout + stderr).split("\n", 1)[0]?.replace(/\s+Copyright.*|, with.*/, "") ?? "";
}
