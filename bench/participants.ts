/** The servers that are measured: how each is started. All serve a folder on port 69 with what they have as defaults. */

import { chmodSync } from "node:fs";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageVersion } from "../lib/common/package.js";
import type { Options, Peer } from "./options.js";
import { PROGRAM } from "./paths.js";
import { findPeer, peerVersion } from "./peer-programs.js";

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

export interface Place {
  /** The folder to serve. */
  readonly files: string;
  /** A folder for the server's own. */
  readonly scratch: string;
}

export interface Participant {
  readonly name: string;
  readonly version: string;
  /** A pybootd: the one under test, or another build. */
  readonly own: boolean;
  /** Whether its CPU time can be told: not that of children that it does not wait for. */
  readonly accountable: boolean;
  /** The command that serves TFTP in the foreground. */
  prepare(place: Place): Promise<Command>;
}

/** The name of the daemon under test. */
export const SUBJECT = "pybootd";

/** Most transfers at a time, for those that have a limit: above what any case asks. */
const MOST_TRANSFERS = "1000";

const PEER_ARGUMENTS: Readonly<Record<Peer, (files: string) => readonly string[]>> = {
  dnsmasq: (files) => [
    "--keep-in-foreground",
    "--conf-file=/dev/null",
    "--pid-file=",
    "--log-facility=-",
    "--port=0",
    "--enable-tftp",
    `--tftp-root=${files}`,
    `--tftp-max=${MOST_TRANSFERS}`,
  ],
  "tftpd-hpa": (files) => ["-L", "-4", "-s", files],
  atftpd: (files) => ["--daemon", "--no-fork", "--maxthread", MOST_TRANSFERS, files],
};

async function makePeer(peer: Peer): Promise<Participant> {
  const command = await findPeer(peer);
  return {
    name: peer,
    version: await peerVersion(command),
    own: false,
    accountable: peer !== "tftpd-hpa",
    prepare: ({ files }) => Promise.resolve({ command, args: PEER_ARGUMENTS[peer](files) }),
  };
}

/** Arguments for Node that write a CPU profile to `folder` when the daemon ends. */
export function profiling(folder: string): readonly string[] {
  // The server has given up root by then.
  chmodSync(folder, 0o777);
  return ["--cpu-prof", "--cpu-prof-interval", "500", `--cpu-prof-dir=${folder}`];
}

/** The sections that only DHCP and HTTP need; the addresses are those of the subject's cable (Field). */
const WHOLE_SERVICE = `
[bootpd]
pool_start = 10.90.0.100

[bootfile]
default = small

[httpd]
enable = yes
`;

function makeOwn(name: string, program: string, profile: boolean): Participant {
  return {
    name,
    version: `${packageVersion()} on Node.js ${process.version}`,
    own: true,
    accountable: true,
    prepare: async ({ files, scratch }) => {
      const path = join(scratch, "pybootd.ini");
      await writeFile(path, `[tftpd]\nroot = ${files}\n`);
      const args = [...(profile ? profiling(scratch) : []), program, "-t", "-c", path];
      return { command: process.execPath, args };
    },
  };
}

/** The daemon under test as a whole: DHCP, TFTP and HTTP. */
export function wholeSubject(): Participant {
  const tftpOnly = makeOwn(SUBJECT, PROGRAM, false);
  return {
    ...tftpOnly,
    prepare: async (place) => {
      const { command, args } = await tftpOnly.prepare(place);
      await appendFile(join(place.scratch, "pybootd.ini"), WHOLE_SERVICE);
      return { command, args: args.filter((arg) => arg !== "-t") };
    },
  };
}

/** Those to measure, the daemon under test first. Throws MissingError where a peer is not to be had. */
export async function makeParticipants({ peers, builds, profile }: Options<Peer>): Promise<readonly Participant[]> {
  const own = [{ name: SUBJECT, program: PROGRAM }, ...builds];
  const others: Participant[] = [];
  for (const peer of peers) others.push(await makePeer(peer));
  return [...own.map(({ name, program }) => makeOwn(name, program, profile)), ...others];
}
