/** Measures the time of an exchange at a rate that most servers sustain. */

import type { Options } from "../options.js";
import { percentile, turned } from "../statistics.js";
import { timesDuring } from "./exchange-times.js";
import type { Ground } from "./ground.js";
import type { DhcpParticipant } from "./participants.js";
import { perfdhcp } from "./perfdhcp.js";
import { MACHINES } from "./rates.js";
import type { DhcpServer } from "./server.js";

export const LATENCY = "latency";
export const LATENCY_RATE = 5000;
const SECONDS = { whole: 3, quick: 1 } as const;

export interface LatencyRound {
  /** Milliseconds from DISCOVER to ACK. */
  readonly p50: number;
  readonly p99: number;
  /** The server's part of it. */
  readonly serverP99: number;
  /** The share of exchanges that were completed. */
  readonly complete: number;
  /** Exchanges begun in a second. */
  readonly begun: number;
}

/** The results by participant. */
export type LatencyOutcome = Readonly<Record<string, readonly LatencyRound[]>>;

async function runRound(ground: Ground, seconds: number): Promise<LatencyRound> {
  const { done, times } = await timesDuring(ground, () =>
    perfdhcp(ground, { rate: LATENCY_RATE, clients: MACHINES, seconds }),
  );
  return {
    p50: percentile(times.whole, 0.5),
    p99: percentile(times.whole, 0.99),
    serverP99: percentile(times.server, 0.99),
    complete: done.offers.sent === 0 ? 0 : done.leases.received / done.offers.sent,
    begun: done.offers.sent / seconds,
  };
}

/** Measures the participants in turn, round by round. All machines have leases before. */
export async function runLatency(
  grounds: ReadonlyMap<DhcpParticipant, Ground>,
  { rounds, quick }: Options,
  tell: (line: string) => void,
): Promise<LatencyOutcome> {
  const measured: Record<string, LatencyRound[]> = {};
  const servers: DhcpServer[] = [];
  try {
    for (const [participant, ground] of grounds) {
      servers.push(await ground.start(participant, MACHINES));
    }
    for (let round = 1; round <= rounds; round++) {
      for (const [{ name }, ground] of turned([...grounds], round - 1)) {
        const result = await runRound(ground, quick ? SECONDS.quick : SECONDS.whole);
        (measured[name] ??= []).push(result);
        const { p50, p99, complete } = result;
        const share = `${(100 * complete).toFixed(1)} % complete`;
        tell(`${LATENCY} ${round}: ${name} p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${share}`);
      }
    }
  } finally {
    for (const server of servers) await server.stop();
  }
  return measured;
}
