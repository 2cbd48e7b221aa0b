/** The cases that tell how many exchanges a second a server sustains. */

import type { Lab } from "../../tests/lab/support/lab.js";
import type { Options } from "../options.js";
import { turned } from "../statistics.js";
import { Ground } from "./ground.js";
import { networkOf } from "./network.js";
import type { DhcpParticipant } from "./participants.js";
import { perfdhcp, type Asking, type Exchanges, type PerfdhcpResult } from "./perfdhcp.js";
import { ANSWERED, findBest, type Beginning, type Best, type Probe } from "./search.js";
import type { DhcpServer } from "./server.js";

/** The machines of the room, and the addresses that there are for them in 10.0.0.0/16. */
export const MACHINES = 8000;
const ROOM = networkOf(16, 60_000);

/** For machines that come once: a search takes some hundred thousand. */
const CROWD = networkOf(12, 1_000_000);

/** A rate is tried for so long, in seconds; longer where it is slow, until so many exchanges were begun. */
const PROBE = { least: 2, most: 4, quick: 1, exchanges: 1000 } as const;

/** The warm-up: other machines than those that count ask at half of a likely rate. */
const WARMING = { seconds: 8, machines: 1000, first: 900_000 } as const;

/** perfdhcp sent what it was asked to where it sent this part of it; renewals follow the first leases. */
const DELIVERED = 0.9;

/** Factor of a search's steps: in the first round from a likely rate, later from the last one's result. */
const FIRST_STEP = 1.6;
const LATER_STEP = 1.15;

export interface RateCase {
  readonly name: string;
  readonly title: string;
  /** "known": the 8,000 of a room, which have leases before anything is counted; "new": each machine comes once. */
  readonly machines: "known" | "new";
  /** Whether for each lease that is taken another is renewed. */
  readonly renewing: boolean;
}

export const RATE_CASES: readonly RateCase[] = [
  { name: "four-way", title: "8,000 machines that have leases ask anew", machines: "known", renewing: false },
  { name: "new", title: "machines that were never seen ask", machines: "new", renewing: false },
  { name: "renewals", title: "renewals, with as many exchanges beside", machines: "known", renewing: true },
];

export interface RateOutcome {
  readonly case: RateCase;
  /** The results by participant. */
  readonly rounds: Readonly<Record<string, readonly Best[]>>;
}

function share({ received }: Exchanges, sent: number): number {
  return sent === 0 ? 0 : received / sent;
}

function isSustained({ offers, leases, renewals }: PerfdhcpResult, renewing: boolean): boolean {
  const taken = share(leases, offers.sent) >= ANSWERED;
  return renewing ? taken && share(renewals, renewals.sent) >= ANSWERED : taken;
}

/** Which machines ask next. */
export type Machines = (exchanges: number) => Pick<Asking, "clients" | "first">;

function machinesFor(what: RateCase): Machines {
  if (what.machines === "known") return () => ({ clients: MACHINES });
  let used = 0;
  return (clients) => {
    const first = used;
    used += clients;
    return { clients, first };
  };
}

export interface Trial {
  readonly rate: number;
  readonly machines: Machines;
  readonly renewing: boolean;
  readonly quick: boolean;
}

/** Tries a rate on a server. */
export async function tryRate(ground: Ground, server: DhcpServer, trial: Trial): Promise<Probe> {
  const { rate, machines, renewing, quick } = trial;
  const seconds = quick ? PROBE.quick : Math.min(PROBE.most, Math.max(PROBE.least, Math.ceil(PROBE.exchanges / rate)));
  const before = server.cpuSeconds;
  const who = machines(rate * seconds);
  const result = await perfdhcp(ground, { rate, seconds, ...who, ...(renewing ? { renewals: rate } : {}) });
  const cpuSeconds = server.cpuSeconds - before;
  const sent = renewing ? Math.min(result.offers.sent, result.renewals.sent) : result.offers.sent;
  const received = renewing ? result.renewals.received : result.leases.received;
  const sustained = isSustained(result, renewing);
  if (!sustained) await ground.settle();
  return {
    asked: rate,
    reached: received / seconds,
    sustained,
    delivered: sent >= DELIVERED * rate * seconds,
    cpuMicroseconds: (1e6 * cpuSeconds) / (received || 1),
  };
}

/** Warms a server up: at first a JIT compiles, and files and memory grow. */
async function warmUp(ground: Ground, { likelyRate }: DhcpParticipant): Promise<void> {
  const rate = Math.ceil(likelyRate / 2);
  await perfdhcp(ground, { rate, clients: WARMING.machines, first: WARMING.first, seconds: WARMING.seconds });
}

/** A server to measure with: the one that runs already where the machines are known, else a new one each time. */
class Servers {
  readonly #running = new Map<DhcpParticipant, DhcpServer>();

  constructor(readonly what: RateCase) {}

  async of(participant: DhcpParticipant, ground: Ground): Promise<DhcpServer> {
    const there = this.#running.get(participant);
    if (there !== undefined && this.what.machines === "known") return there;
    await there?.stop();
    const server = await ground.start(participant, this.what.machines === "known" ? MACHINES : 0);
    this.#running.set(participant, server);
    await warmUp(ground, participant);
    return server;
  }

  async stop(): Promise<void> {
    for (const server of this.#running.values()) await server.stop();
  }
}

/** Returns the start of a round's search from the result of the last round. */
export function beginning({ likelyRate }: DhcpParticipant, last: Best | undefined): Beginning {
  if (last === undefined || last.rate === 0) return { rate: likelyRate, step: FIRST_STEP };
  return { rate: last.rate, step: LATER_STEP };
}

/** One line about a round, for the terminal. */
export function describeBest({ rate, cpuMicroseconds, limit, probes }: Best): string {
  const tried = probes.map(
    ({ asked, sustained, delivered }) => `${asked}${sustained ? "" : "-"}${delivered ? "" : "?"}`,
  );
  return `${rate.toFixed(0)}/s, ${cpuMicroseconds.toFixed(0)} µs of CPU each, limit: ${limit} (${tried.join(" ")})`;
}

/** Opens what the server of a room needs. */
export function openRoom(lab: Lab, pin: Options["pin"]): Promise<Ground> {
  return Ground.open(lab, ROOM, pin);
}

/** Opens what the server of ever new machines needs. */
export function openCrowd(lab: Lab, pin: Options["pin"]): Promise<Ground> {
  return Ground.open(lab, CROWD, pin);
}

/** Measures the participants in turn, round by round. */
export async function runRateCase(
  grounds: ReadonlyMap<DhcpParticipant, Ground>,
  what: RateCase,
  { rounds, quick }: Options,
  tell: (line: string) => void,
): Promise<RateOutcome> {
  const { renewing } = what;
  const measured: Record<string, Best[]> = {};
  const servers = new Servers(what);
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const [participant, ground] of turned([...grounds], round - 1)) {
        const server = await servers.of(participant, ground);
        const all = (measured[participant.name] ??= []);
        const machines = machinesFor(what);
        const best = await findBest(
          (rate) => tryRate(ground, server, { rate, machines, renewing, quick }),
          beginning(participant, all.at(-1)),
        );
        all.push(best);
        tell(`${what.name} ${round}: ${participant.name} ${describeBest(best)}`);
      }
    }
  } finally {
    await servers.stop();
  }
  return { case: what, rounds: measured };
}
