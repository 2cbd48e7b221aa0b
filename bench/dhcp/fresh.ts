/** Measures a server that has just been started, while a whole room is switched on: nothing is warm yet. */

import type { Options } from "../options.js";
import { turned } from "../statistics.js";
import { timesDuring } from "./exchange-times.js";
import type { Ground } from "./ground.js";
import type { DhcpParticipant } from "./participants.js";
import { perfdhcp } from "./perfdhcp.js";
import { MACHINES } from "./rates.js";

export const FRESH = "fresh";
export const FRESH_RATE = 4000;
const SECONDS = { whole: 5, quick: 1 } as const;

/** Requirements of pybootd: the share of exchanges that complete, and the longest pause once it answers. */
export const FRESH_COMPLETE = 0.99;
export const FRESH_PAUSE_MILLISECONDS = 50;

/** Pauses count after so many ACKs. */
const FIRST_ACKS = 100;

export interface FreshRound {
  /** The share of exchanges that were completed. */
  readonly complete: number;
  /** From the first DISCOVER to the first ACK, in milliseconds; infinite where there was none. */
  readonly firstAckMilliseconds: number;
  /** The longest time without an ACK after the first 100, in milliseconds; infinite where there were fewer. */
  readonly pauseMilliseconds: number;
}

/** The results by participant. */
export type FreshOutcome = Readonly<Record<string, readonly FreshRound[]>>;

/** @param moments of the ACKs, in order */
function longestPause(moments: readonly number[]): number {
  if (moments.length <= FIRST_ACKS) return Infinity;
  return moments.slice(FIRST_ACKS).reduce((most, now, index) => {
    return Math.max(most, now - (moments[FIRST_ACKS + index - 1] ?? now));
  }, 0);
}

async function runRound(participant: DhcpParticipant, ground: Ground, seconds: number): Promise<FreshRound> {
  const server = await ground.start(participant, MACHINES);
  try {
    const { done, times } = await timesDuring(ground, () =>
      perfdhcp(ground, { rate: FRESH_RATE, clients: FRESH_RATE * seconds, seconds }),
    );
    const [firstAck = Infinity] = times.acknowledged;
    return {
      complete: done.offers.sent === 0 ? 0 : done.leases.received / done.offers.sent,
      firstAckMilliseconds: firstAck - times.began,
      pauseMilliseconds: longestPause(times.acknowledged),
    };
  } finally {
    await server.stop();
  }
}

/** Measures the participants in turn, round by round, each of them started anew. */
export async function runFresh(
  grounds: ReadonlyMap<DhcpParticipant, Ground>,
  { rounds, quick }: Options,
  tell: (line: string) => void,
): Promise<FreshOutcome> {
  const measured: Record<string, FreshRound[]> = {};
  for (let round = 1; round <= rounds; round++) {
    for (const [participant, ground] of turned([...grounds], round - 1)) {
      const result = await runRound(participant, ground, quick ? SECONDS.quick : SECONDS.whole);
      (measured[participant.name] ??= []).push(result);
      const { complete, firstAckMilliseconds, pauseMilliseconds } = result;
      const times = `first ACK after ${firstAckMilliseconds.toFixed(0)} ms, then no pause over ${pauseMilliseconds.toFixed(0)} ms`;
      tell(`${FRESH} ${round}: ${participant.name} ${(100 * complete).toFixed(2)} % complete, ${times}`);
    }
  }
  return measured;
}
