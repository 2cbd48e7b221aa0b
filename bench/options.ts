/** The command line of the benchmark. */

import { parseArgs } from "node:util";

export const PEERS = ["dnsmasq", "tftpd-hpa", "atftpd"] as const;
export type Peer = (typeof PEERS)[number];

export const USAGE = `npm run bench:tftp -- [options]

  --rounds N         so many rounds of each case; medians are told (5)
  --quick            one round with little to transfer, to see that all works; its figures mean nothing
  --only NAME,…      only these cases, or groups of them: lockstep, small, single, window, loss, storm, start
  --peers NAME,…     the peers to measure beside: ${PEERS.join(", ")} (all)
  --build NAME=PATH  another pybootd.js to measure in the same run; may be repeated
  --pin HOW          apart: servers on one processor, the client on the next; none: wherever the system puts them
                     (apart in cases with one reader, none in the others)
  --profile          run pybootd with a CPU profiler and tell where the time goes (it is slower then)

A whole run (without --quick, --only, --peers, --build, --pin or --profile) is written to bench/results.
`;

/** Where servers and client run: each on a processor of its own, or wherever the system puts them. */
export type Pinning = "apart" | "none";

export interface Build {
  readonly name: string;
  readonly program: string;
}

export interface Options {
  readonly rounds: number;
  readonly quick: boolean;
  /** Names of cases to run, or of groups ("storm" for "storm-50"); every case when empty. */
  readonly only: readonly string[];
  readonly peers: readonly Peer[];
  readonly builds: readonly Build[];
  /** Undefined: as each case says. */
  readonly pin: Pinning | undefined;
  readonly profile: boolean;
}

/** Whether these are the options of a run that is worth keeping: all of it, and nothing else. */
export function isWhole({ quick, only, peers, builds, pin, profile }: Options): boolean {
  const everything = !quick && only.length === 0 && peers.length === PEERS.length;
  return everything && builds.length === 0 && pin === undefined && !profile;
}

/** What is wrong with the command line, for the one who typed it. */
export class UsageError extends Error {}

function list(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").filter((name) => name !== "");
}

function isPeer(name: string): name is Peer {
  return PEERS.some((peer) => peer === name);
}

function readPeers(text: string | undefined): readonly Peer[] {
  if (text === undefined) return PEERS;
  return list(text).map((name) => {
    if (!isPeer(name)) throw new UsageError(`--peers: expected ${PEERS.join(", ")}, got "${name}"`);
    return name;
  });
}

function readBuild(text: string): Build {
  const [, name, program] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || program === undefined) throw new UsageError(`--build: expected NAME=PATH, got "${text}"`);
  return { name, program };
}

function readPinning(text: string | undefined): Pinning | undefined {
  if (text === undefined || text === "apart" || text === "none") return text;
  throw new UsageError(`--pin: expected apart or none, got "${text}"`);
}

function readRounds(text: string | undefined, quick: boolean): number {
  if (text === undefined) return quick ? 1 : 5;
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new UsageError(`--rounds: expected a number from 1 to 999, got "${text}"`);
  return Number(text);
}

/** Throws UsageError. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const quick = values.quick ?? false;
  return {
    rounds: readRounds(values.rounds, quick),
    quick,
    only: list(values.only),
    peers: readPeers(values.peers),
    builds: (values.build ?? []).map(readBuild),
    pin: readPinning(values.pin),
    profile: values.profile ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: "string" },
        quick: { type: "boolean" },
        only: { type: "string" },
        peers: { type: "string" },
        build: { type: "string", multiple: true },
        pin: { type: "string" },
        profile: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
