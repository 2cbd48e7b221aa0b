/** Tables of Markdown, from the outcomes. */

import type { QuietOutcome } from "./quiet.js";
import { rateOf, type ReadingOutcome, type Round } from "./reading.js";
import { PEERS } from "./options.js";
import { SUBJECT } from "./participants.js";
import { median } from "./statistics.js";
import { STORM_TARGETS, type StormOutcome } from "./storm.js";

export type Cells = readonly string[];

/** A table of Markdown; the first column is text, the others are figures. */
export function table(head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}

/** Three digits that count. */
export function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function intact(rounds: readonly Round[]): string {
  const wanted = rounds.reduce((sum, { load }) => sum + load.wanted, 0);
  const complete = rounds.reduce((sum, { load }) => sum + load.complete, 0);
  return complete === wanted ? "" : `, ${wanted - complete} of ${wanted} **failed**`;
}

function rateCell(rounds: readonly Round[] | undefined): string {
  if (rounds === undefined || rounds.length === 0) return "–";
  const rates = rounds.map(({ rate }) => rate);
  const spread = rounds.length === 1 ? "" : ` (${figure(Math.min(...rates))}–${figure(Math.max(...rates))})`;
  return `${figure(rateOf(rounds))}${spread}${intact(rounds)}`;
}

/** Returns the subject's speed as a multiple of a peer's; undefined where one was not measured or got nothing. */
export function ratio(outcome: ReadingOutcome, name: string, peer: string): number | undefined {
  const [own, other] = [rateOf(outcome.rounds[name] ?? []), rateOf(outcome.rounds[peer] ?? [])];
  return own === 0 || other === 0 ? undefined : own / other;
}

function ratioCell(outcome: ReadingOutcome, peer: (typeof PEERS)[number]): string {
  const reached = ratio(outcome, SUBJECT, peer);
  const target = outcome.case.targets[peer];
  if (reached === undefined) return "–";
  if (target === undefined) return `${reached.toFixed(2)} ×`;
  return `${reached.toFixed(2)} × ${reached >= target ? "≥" : "**<**"} ${target}`;
}

export function rateTable(outcomes: readonly ReadingOutcome[], names: readonly string[]): string {
  const peers = PEERS.filter((peer) => names.includes(peer));
  return table(
    ["MB/s", ...names, ...peers.map((peer) => `${SUBJECT} : ${peer}`)],
    outcomes.map((outcome) => [
      `${outcome.case.title} (\`${outcome.case.name}\`)`,
      ...names.map((name) => rateCell(outcome.rounds[name])),
      ...peers.map((peer) => ratioCell(outcome, peer)),
    ]),
  );
}

function timeCell(rounds: readonly Round[] | undefined): string {
  if (rounds === undefined || rounds.length === 0) return "–";
  const of = (name: "p50" | "p99"): string => figure(median(rounds.map(({ load }) => load.milliseconds[name])));
  return `${of("p50")} / ${of("p99")}`;
}

export function timeTable(outcomes: readonly ReadingOutcome[], names: readonly string[]): string {
  return table(
    ["ms a transfer, p50 / p99", ...names],
    outcomes.map((outcome) => [`\`${outcome.case.name}\``, ...names.map((name) => timeCell(outcome.rounds[name]))]),
  );
}

/** Formats the server's cost in microseconds per block, and the load of server and generator. */
function costCell(rounds: readonly Round[] | undefined): string {
  if (rounds === undefined || rounds.length === 0) return "–";
  const share = (of: (round: Round) => number): string =>
    `${(100 * median(rounds.map((round) => of(round) / round.load.seconds))).toFixed(0)} %`;
  const generator = share(({ load }) => load.cpuSeconds);
  const known = rounds.every(({ serverCpuSeconds }) => serverCpuSeconds !== undefined);
  if (!known) return `? + ${generator}`;
  const blockMicroseconds = ({ serverCpuSeconds = 0, load }: Round): number =>
    (1e6 * serverCpuSeconds) / (load.data || 1);
  const block = figure(median(rounds.map(blockMicroseconds)));
  return `${block} µs, ${share(({ serverCpuSeconds = 0 }) => serverCpuSeconds)} + ${generator}`;
}

export function costTable(outcomes: readonly ReadingOutcome[], names: readonly string[]): string {
  return table(
    ["CPU: server's a block, server + generator", ...names],
    outcomes.map((outcome) => [`\`${outcome.case.name}\``, ...names.map((name) => costCell(outcome.rounds[name]))]),
  );
}

function againCell(rounds: readonly Round[] | undefined): string {
  if (rounds === undefined || rounds.length === 0) return "–";
  const sum = (of: (round: Round) => number): number => rounds.reduce((total, round) => total + of(round), 0);
  const again =
    (100 * sum((r) => r.load.duplicates)) /
    Math.max(
      1,
      sum((r) => r.load.data),
    );
  const waits = sum((r) => r.load.timeouts) / rounds.length;
  return `${again.toFixed(2)} %, ${waits.toFixed(1)}`;
}

export function againTable(outcomes: readonly ReadingOutcome[], names: readonly string[]): string {
  return table(
    ["blocks that came again, seconds waited a round", ...names],
    outcomes.map((outcome) => [`\`${outcome.case.name}\``, ...names.map((name) => againCell(outcome.rounds[name]))]),
  );
}

function limited(value: number, unit: string, most: number): string {
  return `${figure(value)} ${unit} ${value < most ? "<" : "**≥**"} ${most}`;
}

export function stormTable(outcomes: readonly StormOutcome[]): string {
  return table(
    [
      "clients",
      "intact",
      "seconds",
      "MB/s",
      "peak memory",
      "OFFER p50, p99",
      "OFFERs",
      "asked of the mirror",
      "fetched",
    ],
    outcomes.map(({ readers, load, peakMemory, dhcp, upstream, upstreamOctets, octets }) => [
      `${readers}`,
      load.complete === readers ? "all" : `**${load.complete}**`,
      load.seconds.toFixed(1),
      figure(load.octets / load.seconds / 1e6),
      limited(peakMemory, "MiB", STORM_TARGETS.peakMemory),
      `${figure(dhcp.milliseconds.p50)}, ${limited(dhcp.milliseconds.p99, "ms", STORM_TARGETS.dhcpMilliseconds)}`,
      dhcp.answered === dhcp.asked ? `all of ${dhcp.asked}` : `**${dhcp.answered}** of ${dhcp.asked}`,
      Object.entries(upstream)
        .map(([kind, count]) => `${count} × ${kind}`)
        .join(", "),
      `${(upstreamOctets / octets).toFixed(2)} × the file`,
    ]),
  );
}

export function quietTable({ startMilliseconds, wakeUps, memory }: QuietOutcome): string {
  const names = Object.keys(startMilliseconds);
  return table(
    ["", ...names],
    [
      ["ms from start to the first answer", ...names.map((name) => figure(median(startMilliseconds[name] ?? [])))],
      ["wake-ups in 5 s with nothing to do", ...names.map((name) => `${wakeUps[name] ?? "–"}`)],
      ["MiB resident at most until then", ...names.map((name) => figure(memory[name] ?? 0))],
    ],
  );
}
