/** Measures the cost of a request by the size of the pool. */

import type { Lab } from "../../tests/lab/support/lab.js";
import type { Options } from "../options.js";
import { SUBJECT } from "../participants.js";
import { PROGRAM } from "../paths.js";
import { Ground } from "./ground.js";
import { networkOf } from "./network.js";
import { makeOwn } from "./participants.js";
import { perfdhcp } from "./perfdhcp.js";
import type { DhcpServer } from "./server.js";

export const CURVE = "curve";
export const CURVE_RATE = 2000;

const POOLS = [10, 100, 1000, 10_000, 100_000] as const;
const SECONDS = { whole: 2, quick: 1 } as const;

/** The server's CPU time for each of the exchanges of a kind that came to their end, in microseconds; and how many did. */
export interface Cost {
  readonly microseconds: number;
  readonly answered: number;
}

export interface CurvePoint {
  readonly pool: number;
  /** DISCOVER and OFFER alone: one request. */
  readonly offers: readonly Cost[];
  /** The whole exchange: two requests. */
  readonly leases: readonly Cost[];
  /** In MiB, at most. */
  readonly peakMemory: number;
}

async function costOf(
  ground: Ground,
  server: DhcpServer,
  { clients, seconds, initialOnly }: { clients: number; seconds: number; initialOnly: boolean },
): Promise<Cost> {
  const before = server.cpuSeconds;
  const { offers, leases } = await perfdhcp(ground, { rate: CURVE_RATE, clients, seconds, initialOnly });
  const cpuSeconds = server.cpuSeconds - before;
  const { received } = initialOnly ? offers : leases;
  return { microseconds: (1e6 * cpuSeconds) / (received || 1), answered: received / (offers.sent || 1) };
}

async function runPool(lab: Lab, pool: number, { rounds, quick, pin }: Options): Promise<CurvePoint> {
  const ground = await Ground.open(lab, networkOf(8, pool), pin);
  // Every address has its machine: the pool is full.
  const server = await ground.start(makeOwn(SUBJECT, PROGRAM, false), pool);
  const seconds = quick ? SECONDS.quick : SECONDS.whole;
  const costs = async (initialOnly: boolean): Promise<readonly Cost[]> => {
    const measured: Cost[] = [];
    for (let round = 0; round <= rounds; round++) {
      measured.push(await costOf(ground, server, { clients: pool, seconds, initialOnly }));
    }
    // The first is not counted: what a JIT compiles is compiled then, also where the pool is small.
    return measured.slice(1);
  };
  try {
    // OFFERs alone come first: perfdhcp that asks for nothing else ends when a late ACK arrives.
    const offers = await costs(true);
    const leases = await costs(false);
    return { pool, offers, leases, peakMemory: server.peakMemory };
  } finally {
    await server.stop();
  }
}

/** Measures one pool after another. */
export async function runCurve(
  lab: Lab,
  options: Options,
  tell: (line: string) => void,
): Promise<readonly CurvePoint[]> {
  const points: CurvePoint[] = [];
  for (const pool of POOLS) {
    const point = await runPool(lab, pool, options);
    points.push(point);
    const list = (costs: readonly Cost[]): string =>
      costs.map(({ microseconds }) => microseconds.toFixed(0)).join(", ");
    tell(`${CURVE}: ${pool} addresses: ${list(point.offers)} µs a DISCOVER, ${list(point.leases)} µs an exchange`);
  }
  return points;
}
