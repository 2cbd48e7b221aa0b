/** Tables of Markdown, from the outcomes. */

import { SUBJECT } from "../participants.js";
import { median } from "../statistics.js";
import { figure, table, type Cells } from "../tables.js";
import type { BigSize } from "./big.js";
import type { Cost, CurvePoint } from "./curve.js";
import { FRESH_COMPLETE, FRESH_PAUSE_MILLISECONDS, type FreshOutcome } from "./fresh.js";
import type { LatencyOutcome } from "./latency.js";
import { DHCP_PEERS } from "./participants.js";
import type { RateOutcome } from "./rates.js";
import type { Best } from "./search.js";

function medianOf<T>(rounds: readonly T[], of: (round: T) => number): number {
  return median(rounds.map(of));
}

/** "4200 (4100–4350)" */
function spread(values: readonly number[]): string {
  if (values.length === 0) return "–";
  const least = figure(Math.min(...values));
  const range = values.length === 1 ? "" : ` (${least}–${figure(Math.max(...values))})`;
  return `${figure(median(values))}${range}`;
}

function rateCell(rounds: readonly Best[]): string {
  const limited = rounds.some(({ limit }) => limit === "perfdhcp") ? ", at least" : "";
  return `${spread(rounds.map(({ rate }) => rate))}${limited}`;
}

function ratioCell(own: readonly Best[], other: readonly Best[]): string {
  const [a, b] = [medianOf(own, ({ rate }) => rate), medianOf(other, ({ rate }) => rate)];
  return a === 0 || b === 0 ? "–" : `${(a / b).toFixed(2)} ×`;
}

export function rateTable(outcomes: readonly RateOutcome[], names: readonly string[]): string {
  const peers = DHCP_PEERS.filter((peer) => names.includes(peer));
  return table(
    ["a second, with less than 1 % lost", ...names, ...peers.map((peer) => `${SUBJECT} : ${peer}`)],
    outcomes.map(({ case: what, rounds }) => [
      `${what.title} (\`${what.name}\`)`,
      ...names.map((name) => rateCell(rounds[name] ?? [])),
      ...peers.map((peer) => ratioCell(rounds[SUBJECT] ?? [], rounds[peer] ?? [])),
    ]),
  );
}

export function costTable(outcomes: readonly RateOutcome[], names: readonly string[]): string {
  return table(
    ["the server's CPU, µs each, at that rate", ...names],
    outcomes.map(({ case: what, rounds }) => [
      `\`${what.name}\``,
      ...names.map((name) => spread((rounds[name] ?? []).map(({ cpuMicroseconds }) => cpuMicroseconds))),
    ]),
  );
}

export function latencyTable(outcome: LatencyOutcome, names: readonly string[]): string {
  const row = (title: string, cell: (name: string) => string): Cells => [title, ...names.map(cell)];
  const milliseconds = (key: "p50" | "p99" | "serverP99") => (name: string) =>
    spread((outcome[name] ?? []).map((round) => round[key]));
  return table(
    ["ms", ...names],
    [
      row("DISCOVER to ACK, p50", milliseconds("p50")),
      row("DISCOVER to ACK, p99", milliseconds("p99")),
      row("the server's part, p99", milliseconds("serverP99")),
      row("exchanges that came to their end", (name) => {
        const complete = medianOf(outcome[name] ?? [], (round) => round.complete);
        return complete >= 0.99 ? `${(100 * complete).toFixed(1)} %` : `**${(100 * complete).toFixed(1)} %**`;
      }),
    ],
  );
}

export function freshTable(outcome: FreshOutcome, names: readonly string[]): string {
  const row = (title: string, cell: (name: string) => string): Cells => [title, ...names.map(cell)];
  const judged = (text: string, good: boolean): string => (good ? text : `**${text}**`);
  return table(
    ["a server that has just been started", ...names],
    [
      row("exchanges that came to their end, in %", (name) => {
        const shares = (outcome[name] ?? []).map(({ complete }) => complete);
        const least = Math.min(...shares);
        const text = `${(100 * median(shares)).toFixed(2)} (at least ${(100 * least).toFixed(2)})`;
        return judged(text, median(shares) >= FRESH_COMPLETE);
      }),
      row("ms from the first DISCOVER to the first ACK", (name) =>
        spread((outcome[name] ?? []).map((round) => round.firstAckMilliseconds)),
      ),
      row("ms of the longest time without an ACK after the first 100", (name) => {
        const pauses = (outcome[name] ?? []).map((round) => round.pauseMilliseconds);
        return judged(spread(pauses), median(pauses) < FRESH_PAUSE_MILLISECONDS);
      }),
    ],
  );
}

export function bigTable(sizes: readonly BigSize[]): string {
  const of = (title: string, cell: (size: (typeof sizes)[number]) => string): Cells => [title, ...sizes.map(cell)];
  const few = sizes[0]?.rounds.map(({ best }) => best) ?? [];
  return table(
    ["", ...sizes.map(({ leases }) => `${leases.toLocaleString("en")} leases`)],
    [
      of("exchanges a second", ({ rounds }) => rateCell(rounds.map(({ best }) => best))),
      of("of that with few", ({ rounds }) =>
        ratioCell(
          rounds.map(({ best }) => best),
          few,
        ),
      ),
      of("µs of CPU an exchange", ({ rounds }) => spread(rounds.map(({ best }) => best.cpuMicroseconds))),
      of("ms from start to the first answer", ({ rounds }) => spread(rounds.map((round) => round.startMilliseconds))),
      of("MiB resident then", ({ rounds }) => spread(rounds.map(({ memory }) => memory))),
      of("MiB resident at most", ({ rounds }) => spread(rounds.map(({ peakMemory }) => peakMemory))),
    ],
  );
}

function costCell(costs: readonly Cost[]): string {
  const lost = 100 * (1 - medianOf(costs, ({ answered }) => answered));
  return `${spread(costs.map(({ microseconds }) => microseconds))}${lost > 1 ? `, **${lost.toFixed(0)} % lost**` : ""}`;
}

export function curveTable(points: readonly CurvePoint[]): string {
  return table(
    ["addresses in the pool, all taken", "µs of CPU a DISCOVER", "µs of CPU an exchange (two requests)", "MiB at most"],
    points.map(({ pool, offers, leases, peakMemory }) => [
      pool.toLocaleString("en"),
      costCell(offers),
      costCell(leases),
      figure(peakMemory),
    ]),
  );
}
