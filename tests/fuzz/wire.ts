import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { residentMemory } from "../../bench/proc.js";
import { Capture } from "../lab/support/capture.js";
import { ClientLab, SERVER } from "../lab/support/client-lab.js";
import type { LabProcess } from "../lab/support/lab.js";
import { startAttacker } from "./attacker.js";
import { startWellBehaved } from "./well-behaved.js";

const ATTACKER = "10.77.0.7";
const GOOD = "10.77.0.8";
const GOOD_MAC = "52:54:00:77:00:08";

/** A second is what the well-behaved may wait; some waits are of this machine's making, so not the worst counts. */
const PROMPT_MILLISECONDS = 1000;
const MOST_LATE = 0.05;
/** Allowed growth of the process between the first quarter of a run and the last: caches and tables fill up. */
const GROWTH_FACTOR = 1.2;
const GROWTH_MEBIBYTES = 24;
const GROWTH_DESCRIPTORS = 40;
const SAMPLE_MILLISECONDS = 1000;
/** Options 82 and 61 are echoed, so they may be as malformed as the request. */
const OUR_OWN = "dhcp && !(dhcp.option.type == 82) && !(dhcp.option.type == 61)";
/** Maximum number of answers that are checked: tshark is slow. */
const MOST_ANSWERS = 60_000;

/** The parameters of an attack on the daemon. */
export interface WireRun {
  readonly seed: number;
  readonly packets: number;
  /** A second. */
  readonly rate: number;
  readonly say: (line: string) => void;
}

interface Sample {
  readonly memory: number;
  readonly descriptors: number;
}

/**
 * Attacks a daemon in a network of its own, beside a machine that boots as it should.
 *
 * @returns what went wrong, a line each
 */
export async function fuzzWire({ seed, packets, rate, say }: WireRun): Promise<readonly string[]> {
  const net = await ClientLab.open(
    { "boot.0": Buffer.alloc(20_000, 7), "pxelinux.0": Buffer.alloc(3000, 8) },
    (ini) =>
      `${ini.replace("[bootpd]", "[bootpd]\npxe_style = binl\nprobe_time = 0").replace("check_ip = yes", "check_ip = no")}\n[static_dhcp]\n${GOOD_MAC.replaceAll(":", "-")} = ${GOOD}\n[menu]\nA = boot.0\nB = local\n`,
  );
  try {
    return await attack(net, { seed, packets, rate, say });
  } finally {
    await net.lab.close();
  }
}

async function attack(net: ClientLab, { seed, packets, rate, say }: WireRun): Promise<readonly string[]> {
  const { daemon, lab, server } = net;
  const attacker = await net.client("attacker", `${ATTACKER}/24`);
  const good = await net.client("good", `${GOOD}/24`);
  await good.must("ip", ["link", "set", "eth0", "address", GOOD_MAC]);
  await good.must("ip", ["route", "add", "default", "dev", "eth0"]);
  const served = startWellBehaved(good, GOOD, GOOD_MAC, SERVER);
  await daemon.explaining(served.waitFor(/served (?!.*failed)/, 20));
  const filter = `src host ${SERVER} and (udp src port 67 or udp src port 4011)`;
  const answers = await Capture.start(lab, server, "eth0", filter, MOST_ANSWERS);
  const attack = startAttacker(attacker, ATTACKER, SERVER, { seed, packets, rate });
  const samples = await sampleUntil(attack, daemon.pid ?? 0);
  const from = served.output.length;
  await served.waitFor(/served (?!.*failed)/, 20, from);
  await served.stop();
  await answers.stop();

  const text = served.output;
  const waits = [...text.matchAll(/^served (\S+) (\S+) (\S+)$/gm)].flatMap(([, ...each]) => each);
  const refusals = [...new Set(text.split("\n").filter((line) => line !== "" && !line.startsWith("served ")))];
  const worst = Math.max(...waits.map(Number).filter((wait) => !Number.isNaN(wait)));
  const late = waits.filter((wait) => !(Number(wait) <= PROMPT_MILLISECONDS)).length;
  const [count] = /(?<=sent )\d+/.exec(attack.output) ?? ["?"];
  say(`${count} packets; ${waits.length} services to the well-behaved, the slowest ${worst} ms, ${late} late`);
  const problems = [
    ...((await attack.ended) === 0 && attack.output.includes("sent ")
      ? []
      : [`the attacker ended: ${attack.output.slice(-500)}`]),
    ...(late <= waits.length * MOST_LATE ? [] : [`the well-behaved waited: ${waits.join(" ")} ${refusals.join("; ")}`]),
    ...attack.output
      .split("\n")
      .filter((line) => line.startsWith("malformed"))
      .slice(0, 10),
    ...(await answers.malformed(OUR_OWN)).map((complaint) => `tshark: ${complaint}`).slice(0, 10),
    ...growth(samples, say),
    ...mistakes(daemon.log),
  ];
  if ((await daemon.stop()) !== 0) problems.push("the daemon did not end as it should");
  if (problems.length > 0) writeFileSync(join(process.cwd(), "fuzz-daemon.log"), daemon.log);
  return problems;
}

/** Returns the errors in the log that the daemon reports as its own mistakes, with their stacks. */
function mistakes(log: string): readonly string[] {
  return log
    .split("\n")
    .filter((line) => /\b(?:error|critical)\b/i.test(line.slice(0, 60)))
    .slice(0, 10);
}

async function sampleUntil(attack: LabProcess, pid: number): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const timer = setInterval(() => {
    try {
      samples.push({ memory: residentMemory(pid), descriptors: readdirSync(`/proc/${pid}/fd`).length });
    } catch {
      // The process is gone, which is reported elsewhere.
    }
  }, SAMPLE_MILLISECONDS);
  await attack.ended;
  clearInterval(timer);
  return samples;
}

function growth(samples: readonly Sample[], say: (line: string) => void): readonly string[] {
  const quarter = Math.floor(samples.length / 4);
  if (quarter < 3) return [];
  const [early, late] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
  const memory = [early, late].map((part) => median(part.map((each) => each.memory)));
  const descriptors = [early, late].map((part) => median(part.map((each) => each.descriptors)));
  const [memoryBefore = 0, memoryAfter = 0] = memory;
  const [openBefore = 0, openAfter = 0] = descriptors;
  say(`memory ${memoryBefore.toFixed(0)} to ${memoryAfter.toFixed(0)} MiB, descriptors ${openBefore} to ${openAfter}`);
  return [
    ...(memoryAfter > memoryBefore * GROWTH_FACTOR + GROWTH_MEBIBYTES ? [`memory grew to ${memoryAfter} MiB`] : []),
    ...(openAfter > openBefore + GROWTH_DESCRIPTORS ? [`descriptors grew to ${openAfter}`] : []),
  ];
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
}
