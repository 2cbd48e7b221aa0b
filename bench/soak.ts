/** npm run soak: hours of mixed load, and whether anything grows. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ClientLab } from "../tests/lab/support/client-lab.js";
import { REPOSITORY, RESULTS } from "./paths.js";
import { residentMemory } from "./proc.js";
import { commitOf } from "./report.js";
import { drawCurves, type Curve } from "./soak/chart.js";
import { probed, reservations, startMixedLoad } from "./soak/load.js";

const PERIOD_SECONDS = 10;
/** Allowed growth between the second quarter and the last: not all tables reach their bounds at first. */
const GROWTH_FACTOR = 1.1;
const SLACK = { "resident memory": 16, "open descriptors": 10 } as const;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "60" } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error("usage: npm run soak -- --minutes N");

interface Sample {
  readonly memory: number;
  readonly descriptors: number;
  readonly delay: number;
  readonly dhcp: number;
  readonly tftp: number;
}

function edit(ini: string): string {
  const more = `lease_time = 2m\nmin_lease_time = 1m\n`;
  return ini
    .replace("lease_time = 1h\n", more)
    .replace("pool_start = 10.77.0.100", "pool_start = 10.77.0.130")
    .replace("pool_count = 10", "pool_count = 100")
    .replace("check_ip = yes", "check_ip = no")
    .concat(reservations());
}

/** The 99th percentile. */
function p99(figures: readonly number[]): number {
  const sorted = figures.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.99)] ?? sorted.at(-1) ?? 0;
}

function lastLines(file: string, count: number): readonly number[] {
  return readFileSync(file, "utf8").trim().split("\n").slice(-count).map(Number);
}

async function soak(): Promise<{ readonly samples: readonly Sample[]; readonly failures: number }> {
  const probe = join(REPOSITORY, "dist", "soak-probe.txt");
  writeFileSync(probe, "");
  const files = { "boot.0": Buffer.alloc(20_000, 7), big: Buffer.alloc(4 * 1024 * 1024, 9) };
  const net = await ClientLab.open(files, edit, probed(probe));
  try {
    const watched = await startMixedLoad(net, minutes * 60);
    const pid = net.daemon.pid ?? 0;
    const samples: Sample[] = [];
    let from = 0;
    let failures = 0;
    while (samples.length * PERIOD_SECONDS < minutes * 60) {
      await new Promise((resolve) => setTimeout(resolve, PERIOD_SECONDS * 1000));
      const waits = [...watched.output.slice(from).matchAll(/^served (\S+) (\S+) (\S+)$/gm)];
      from = watched.output.length;
      failures += waits.flat().filter((word) => word === "failed").length;
      const column = (index: number): number => p99(waits.map((wait) => Number(wait[index])).filter(Number.isFinite));
      samples.push({
        memory: residentMemory(pid),
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
        delay: p99(lastLines(probe, PERIOD_SECONDS)),
        dhcp: column(1),
        tftp: column(2),
      });
    }
    return { samples, failures };
  } finally {
    await net.lab.close();
  }
}

function median(figures: readonly number[]): number {
  return figures.toSorted((one, other) => one - other)[figures.length >> 1] ?? 0;
}

const { samples, failures } = await soak();
const curves: readonly Curve[] = [
  { name: "resident memory", unit: "MiB", values: samples.map(({ memory }) => memory) },
  { name: "open descriptors", unit: "", values: samples.map(({ descriptors }) => descriptors) },
  { name: "event loop delay, p99", unit: "ms", values: samples.map(({ delay }) => delay) },
  { name: "DHCP, four messages, p99", unit: "ms", values: samples.map(({ dhcp }) => dhcp) },
  { name: "TFTP, 20 kB, p99", unit: "ms", values: samples.map(({ tftp }) => tftp) },
];
const quarter = Math.floor(samples.length / 4);
let grown = false;
for (const { name, unit, values: figures } of curves) {
  const [early, late] = [median(figures.slice(quarter, 2 * quarter)), median(figures.slice(-quarter))];
  const slack = name in SLACK ? SLACK[name as keyof typeof SLACK] : Infinity;
  const grows = late > early * GROWTH_FACTOR + slack;
  grown ||= grows;
  process.stdout.write(`${name}: ${early} to ${late} ${unit}${grows ? ", which is growth" : ""}\n`);
}
process.stdout.write(`${failures} services failed\n`);
const commit = await commitOf();
const file = join(RESULTS, `soak-${new Date().toISOString().slice(0, 10)}-${commit}.svg`);
writeFileSync(file, drawCurves(`pybootd under mixed load, ${commit}`, minutes, curves));
process.stdout.write(`${file}\n`);
process.exitCode = grown || failures > 0 ? 1 : 0;
