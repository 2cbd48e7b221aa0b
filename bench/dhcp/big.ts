/** Measures the cost of a million leases against a thousand: rate, start and memory. */

import type { Lab } from "../../tests/lab/support/lab.js";
import type { Options } from "../options.js";
import { PROGRAM } from "../paths.js";
import { turned } from "../statistics.js";
import type { Command } from "../participants.js";
import { Ground } from "./ground.js";
import { networkOf } from "./network.js";
import { makeOwn, type DhcpParticipant } from "./participants.js";
import { beginning, describeBest, tryRate } from "./rates.js";
import { findBest, type Best } from "./search.js";

export const BIG = "big";

const POOL = 1_500_000;
const SIZES = { few: 1000, many: 1_000_000 } as const;
/** The machines that ask: they have leases in either database. */
const CLIENTS = 1000;

export interface BigRound {
  readonly best: Best;
  readonly startMilliseconds: number;
  /** In MiB: once it had answered, and at most. */
  readonly memory: number;
  readonly peakMemory: number;
}

export interface BigSize {
  readonly leases: number;
  readonly rounds: readonly BigRound[];
}

interface Filled {
  readonly ground: Ground;
  readonly participant: DhcpParticipant;
  readonly command: Command;
  readonly leases: number;
  readonly rounds: BigRound[];
}

async function runRound({ ground, participant, command, rounds }: Filled, quick: boolean): Promise<BigRound> {
  const server = await ground.launch(command);
  try {
    ground.requireKnown(server);
    const { startMilliseconds, memory } = server;
    const best = await findBest(
      (rate) => tryRate(ground, server, { rate, renewing: false, quick, machines: () => ({ clients: CLIENTS }) }),
      beginning(participant, rounds.at(-1)?.best),
    );
    return { best, startMilliseconds, memory, peakMemory: server.peakMemory };
  } finally {
    await server.stop();
  }
}

async function fill(lab: Lab, leases: number, options: Options): Promise<Filled> {
  const ground = await Ground.open(lab, networkOf(8, POOL), options.pin);
  const participant = makeOwn(`${leases} leases`, PROGRAM, false);
  return { ground, participant, command: await ground.prepare(participant, leases), leases, rounds: [] };
}

/** Measures with two databases in turn, round by round. */
export async function runBig(lab: Lab, options: Options, tell: (line: string) => void): Promise<readonly BigSize[]> {
  const sizes = [await fill(lab, SIZES.few, options), await fill(lab, SIZES.many, options)];
  for (let round = 1; round <= options.rounds; round++) {
    for (const filled of turned(sizes, round - 1)) {
      const result = await runRound(filled, options.quick);
      filled.rounds.push(result);
      const start = `${result.startMilliseconds.toFixed(0)} ms to the first answer, ${result.memory.toFixed(0)} MiB`;
      tell(`${BIG} ${round}: ${filled.leases} leases: ${describeBest(result.best)}, ${start}`);
    }
  }
  return sizes.map(({ leases, rounds }) => ({ leases, rounds }));
}
