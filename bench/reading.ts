/** Measuring the cases in which files are read. */

import { join } from "node:path";
import { FILES, MANY, type Field } from "./field.js";
import { allIntact, read, type Reading, type ReadingResult } from "./load.js";
import type { Options, Pinning } from "./options.js";
import type { Participant } from "./participants.js";
import { pinningOf, type ReadingCase } from "./reading-cases.js";
import type { Server } from "./server.js";
import { median, turned } from "./statistics.js";

/** A measurement is given up after so many seconds. */
const LIMIT_SECONDS = 120;

export interface Round {
  /** MB/s: of all readers together; with loss, of each reader for itself, waiting included. */
  readonly rate: number;
  readonly load: ReadingResult;
  /** Undefined where it cannot be told. */
  readonly serverCpuSeconds: number | undefined;
}

export interface ReadingOutcome {
  readonly case: ReadingCase;
  readonly transfers: number;
  /** The results by participant. */
  readonly rounds: Readonly<Record<string, readonly Round[]>>;
}

/** The median rate over the rounds; 0 where nothing arrived. */
export function rateOf(rounds: readonly Round[]): number {
  return median(rounds.map((round) => round.rate));
}

interface Terms {
  readonly transfers: number;
  readonly pinning: Pinning;
  /** Packets are lost, in a case with loss, only where there is a seed to do it by. */
  readonly seed?: number;
}

/** Returns the order for the generator. */
function describe(field: Field, what: ReadingCase, server: Server, { transfers, pinning, seed }: Terms): Reading {
  const { file, loss } = what;
  return {
    server: server.address,
    reference: join(field.files, "large"),
    ...(file === "many"
      ? { file: "many/%d", size: MANY.size, stride: MANY.stride }
      : { file, size: FILES[file], stride: 0 }),
    readers: what.readers,
    transfers,
    ...(what.windowsize === undefined ? {} : { windowsize: what.windowsize }),
    ...(loss === undefined || seed === undefined ? {} : { loss, seed }),
    ...(what.eager === true ? { eager: true } : {}),
    pinning,
    limitSeconds: LIMIT_SECONDS,
  };
}

function rate({ loss, file }: ReadingCase, result: ReadingResult): number {
  if (loss === undefined) return result.octets / result.seconds / 1e6;
  if (result.complete === 0) return 0;
  const size = file === "many" ? MANY.size : FILES[file];
  return size / result.milliseconds.mean / 1e3;
}

async function measure(
  field: Field,
  what: ReadingCase,
  { accountable }: Participant,
  server: Server,
  reading: Reading,
): Promise<Round> {
  const before = server.cpuSeconds;
  const load = await read(field.client, reading);
  const serverCpuSeconds = accountable ? server.cpuSeconds - before : undefined;
  return { rate: rate(what, load), load, serverCpuSeconds };
}

function taking({ beside }: ReadingCase, participants: readonly Participant[]): readonly Participant[] {
  if (beside === undefined) return participants;
  return participants.filter(({ own, name }) => own || beside.some((peer) => peer === name));
}

/** Starts every participant, measures them in turn, round by round, and stops them. */
export async function runReadingCase(
  field: Field,
  what: ReadingCase,
  all: readonly Participant[],
  { rounds, quick, pin }: Options,
  tell: (line: string) => void,
): Promise<ReadingOutcome> {
  const participants = taking(what, all);
  const transfers = quick ? what.quickTransfers : what.transfers;
  const pinning = pin ?? pinningOf(what);
  const servers = new Map<string, Server>();
  const measured: Record<string, Round[]> = {};
  const serverOf = async (participant: Participant): Promise<Server> => {
    const server = servers.get(participant.name) ?? (await field.start(participant, pinning));
    servers.set(participant.name, server);
    return server;
  };
  try {
    for (const participant of participants) {
      measured[participant.name] = [];
      const server = await serverOf(participant);
      // Once before, uncounted: caches are then warm, and what a JIT compiles is compiled.
      await read(field.client, describe(field, what, server, { transfers: what.quickTransfers, pinning }));
    }
    for (let round = 0; round < rounds; round++) {
      for (const participant of turned(participants, round)) {
        const server = await serverOf(participant);
        const reading = describe(field, what, server, { transfers, pinning, seed: round + 1 });
        const result = await measure(field, what, participant, server, reading);
        measured[participant.name]?.push(result);
        tell(`${what.name} ${round + 1}: ${participant.name} ${describeRound(result)}`);
      }
    }
  } finally {
    for (const server of servers.values()) await server.stop();
  }
  return { case: what, transfers, rounds: measured };
}

function describeRound({ rate: figure, load }: Round): string {
  const flaws = [
    allIntact(load) ? "" : `only ${load.complete} of ${load.wanted} intact (${load.corrupt} corrupt)`,
    load.refusal === "" ? "" : `"${load.refusal}"`,
    load.timeouts > 0 ? `${load.timeouts} times a reader waited 1 s` : "",
    load.duplicates > 0 ? `${load.duplicates} blocks of ${load.data} came again` : "",
  ].filter((flaw) => flaw !== "");
  return [`${figure.toFixed(2)} MB/s`, ...flaws].join(", ");
}
