/** The command line of the benchmarks. */

import { parseArgs } from "node:util";

export const PEERS = ["dnsmasq", "tftpd-hpa", "atftpd"] as const;
export type Peer = (typeof PEERS)[number];

/** The output of `npm run bench:tftp -- --help`. */
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

/** Placement of servers and client: each on a processor of its own, or as the system chooses. */
export type Pinning = "apart" | "none";

export interface Build {
  readonly name: string;
  readonly program: string;
}

/** `Name`: those that are measured beside. */
export interface Options<Name extends string = string> {
  readonly rounds: number;
  readonly quick: boolean;
  /** Names of cases to run, or of groups ("storm" for "storm-50"); every case when empty. */
  readonly only: readonly string[];
  readonly peers: readonly Name[];
  readonly builds: readonly Build[];
  /** Undefined: as each case says. */
  readonly pin: Pinning | undefined;
  readonly profile: boolean;
}

/** Whether these are the options of a run that is worth keeping: all of it, and nothing else. */
export function isWhole(options: Options, known: readonly string[]): boolean {
  const { quick, only, peers, builds, pin, profile } = options;
  const everything = !quick && only.length === 0 && peers.length === known.length;
  return everything && builds.length === 0 && pin === undefined && !profile;
}

/** The error for a wrong command line, in words for the user. */
export class UsageError extends Error {}

function list(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").filter((name) => name !== "");
}

function readPeers<Name extends string>(text: string | undefined, known: readonly Name[]): readonly Name[] {
  if (text === undefined) return known;
  return list(text).map((name) => {
    const peer = known.find((each) => each === name);
    if (peer === undefined) throw new UsageError(`--peers: expected ${known.join(", ")}, got "${name}"`);
    return peer;
  });
}

/** Throws UsageError where `only` has what is neither one of the cases nor a group of them. */
export function checkOnly(only: readonly string[], cases: readonly string[]): void {
  const unknown = only.find((asked) => !cases.some((name) => isAsked(asked, name)));
  if (unknown !== undefined) throw new UsageError(`--only: expected ${cases.join(", ")}, got "${unknown}"`);
}

/** Whether a case is to be run. */
export function isWanted({ only }: Options, name: string): boolean {
  return only.length === 0 || only.some((asked) => isAsked(asked, name));
}

function isAsked(asked: string, name: string): boolean {
  return name === asked || name.startsWith(`${asked}-`);
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

/** `known`: what there is to measure beside. Throws UsageError. */
export function readOptions<Name extends string>(args: readonly string[], known: readonly Name[]): Options<Name> {
  const { values } = parse(args);
  const quick = values.quick ?? false;
  return {
    rounds: readRounds(values.rounds, quick),
    quick,
    only: list(values.only),
    peers: readPeers(values.peers, known),
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
