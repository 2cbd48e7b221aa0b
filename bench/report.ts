/** The report of a run, as Markdown and as JSON. */

import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { format } from "prettier";
import { runCommand } from "../tests/lab/support/host.js";
import type { Options } from "./options.js";
import { REPOSITORY, RESULTS } from "./paths.js";
import type { QuietOutcome } from "./quiet.js";
import type { ReadingOutcome } from "./reading.js";
import type { StormOutcome } from "./storm.js";
import { againTable, costTable, quietTable, rateTable, stormTable, timeTable } from "./tables.js";

export interface Circumstances {
  /** "4f035ac", or "4f035ac-changed" where the working tree differs. */
  readonly commit: string;
  readonly date: string;
  readonly processor: string;
  readonly kernel: string;
  /** Load averages of 1, 5 and 15 minutes before the run. */
  readonly loadBefore: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
  readonly options: Options;
}

interface Versioned {
  readonly name: string;
  readonly version: string;
}

export interface Run {
  readonly circumstances: Circumstances;
  readonly reading: readonly ReadingOutcome[];
  readonly storms: readonly StormOutcome[];
  readonly quiet: QuietOutcome | undefined;
}

async function git(...args: readonly string[]): Promise<string> {
  const { code, stdout } = await runCommand("git", ["-C", REPOSITORY, ...args]);
  return code === 0 ? stdout.trim() : "";
}

/** The commit that is measured, with a mark where the files are not quite its. */
export async function commitOf(): Promise<string> {
  const commit = await git("rev-parse", "--short", "HEAD");
  const changed = await git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results");
  return `${commit === "" ? "unknown" : commit}${changed === "" ? "" : "-changed"}`;
}

export async function circumstances(options: Options, participants: readonly Versioned[]): Promise<Circumstances> {
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return {
    commit: await commitOf(),
    date: new Date().toISOString().slice(0, 10),
    processor: `${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${memory}`,
    kernel: `Linux ${release()}`,
    loadBefore: loadavg(),
    versions: Object.fromEntries(participants.map(({ name, version }) => [name, version])),
    options,
  };
}

/** Describes the measurement as a list in Markdown: what, where, how often. @param more further lines of it */
export function preamble(around: Circumstances, more: readonly string[] = []): string {
  const { rounds, quick, pin, profile } = around.options;
  const load = around.loadBefore.map((average) => average.toFixed(2)).join(", ");
  return [
    `- ${around.processor}; ${around.kernel}; load average before: ${load}`,
    ...Object.entries(around.versions).map(([name, version]) => `- ${name}: ${version}`),
    `- ${rounds === 1 ? "1 round" : `medians of ${rounds} rounds (least–most)`}`,
    ...more.map((line) => `- ${line}`),
    ...(pin === undefined ? [] : [`- --pin ${pin}`]),
    ...(quick ? ["- **--quick: the figures mean nothing**"] : []),
    ...(profile ? ["- **--profile: the profiler slows pybootd down**"] : []),
  ].join("\n");
}

export function markdown({ circumstances: around, reading, storms, quiet }: Run): string {
  const names = Object.keys(around.versions);
  const parts = [
    `# TFTP beside its peers: ${around.date}, ${around.commit}`,
    preamble(around, ["blocks of 1428 octets"]),
    ...(reading.length === 0
      ? []
      : [
          "## Files from a folder",
          rateTable(reading, names),
          "With loss, the rate is that of one reader for itself, its waiting included.",
          timeTable(reading, names),
          costTable(reading, names),
          againTable(reading, names),
        ]),
    ...(storms.length === 0 ? [] : ["## Boot storms: 40 MiB from a mirror", stormTable(storms)]),
    ...(quiet === undefined ? [] : ["## Start and idleness", quietTable(quiet)]),
  ];
  return parts.join("\n\n");
}

/** Writes `text` and `data` to bench/results/ as DATE-COMMIT.md and .json; returns the path of the former. */
export async function writeResults(
  { date, commit }: Circumstances,
  text: string,
  data: unknown,
  suffix = "",
): Promise<string> {
  const base = join(RESULTS, `${date}-${commit}${suffix}`);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(`${base}.md`, await format(text, { parser: "markdown", printWidth: 120 }));
  await writeFile(`${base}.json`, await format(JSON.stringify(data), { parser: "json", printWidth: 120 }));
  return `${base}.md`;
}

/** Writes the report of a run; returns its path. */
export function writeReport(run: Run): Promise<string> {
  return writeResults(run.circumstances, markdown(run), run);
}
