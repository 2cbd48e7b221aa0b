/** The load generator (bench/load/): building it, and what it says. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { mustRun, type Host } from "../tests/lab/support/host.js";
import type { LabProcess } from "../tests/lab/support/process.js";
import type { Pinning } from "./options.js";
import { LOAD, LOAD_SOURCE } from "./paths.js";
import { pinned } from "./pinning.js";

/** Seconds that the generator may run beyond its own limit. */
const SLACK_SECONDS = 10;

export interface Reading {
  /** The server's address. */
  readonly server: string;
  /** The name to ask for; %d becomes the transfer's number. */
  readonly file: string;
  /** A local file with the octets that must arrive. */
  readonly reference: string;
  readonly size?: number;
  /** File number i begins at octet i * stride of the reference. */
  readonly stride?: number;
  readonly readers: number;
  readonly transfers: number;
  readonly windowsize?: number;
  /** Packets lost of 10,000, in each direction. */
  readonly loss?: number;
  readonly seed?: number;
  /** Acknowledge at every block that is not due, as UEFI does; else once for a gap, as RFC 7440 says. */
  readonly eager?: boolean;
  readonly limitSeconds: number;
  /** "none" where it is not told. */
  readonly pinning?: Pinning;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
}

/** The output of `load tftp`. */
export interface ReadingResult {
  readonly wanted: number;
  readonly complete: number;
  readonly corrupt: number;
  readonly refused: number;
  readonly failed: number;
  readonly refusal: string;
  readonly octets: number;
  readonly seconds: number;
  readonly blksize: number;
  readonly windowsize: number;
  readonly data: number;
  readonly acks: number;
  readonly duplicates: number;
  readonly gaps: number;
  readonly timeouts: number;
  readonly lostIn: number;
  readonly lostOut: number;
  readonly cpuSeconds: number;
  readonly milliseconds: Percentiles;
}

/** The output of `load dhcp`. */
export interface DhcpResult {
  readonly asked: number;
  readonly answered: number;
  readonly milliseconds: Percentiles;
}

/** Compiles the generator. Throws with what the compiler said. */
export async function buildLoad(): Promise<void> {
  const sources = readdirSync(LOAD_SOURCE).filter((name) => name.endsWith(".c"));
  const flags = ["-O2", "-std=gnu11", "-Wall", "-Wextra"];
  await mustRun("cc", [...flags, "-o", LOAD, ...sources.map((name) => join(LOAD_SOURCE, name))]);
}

/** Reads, and returns what came of it, also where not everything arrived. Throws when the generator cannot run. */
export async function read(client: Host, reading: Reading): Promise<ReadingResult> {
  const options: Readonly<Record<string, string | number | undefined>> = {
    server: reading.server,
    file: reading.file,
    reference: reading.reference,
    size: reading.size,
    stride: reading.stride,
    readers: reading.readers,
    transfers: reading.transfers,
    windowsize: reading.windowsize,
    loss: reading.loss,
    seed: reading.seed,
    eager: reading.eager === true ? 1 : undefined,
    limit: reading.limitSeconds,
  };
  const args = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, `${value}`],
  );
  const run = pinned({ command: LOAD, args: ["tftp", ...args] }, "client", reading.pinning ?? "none");
  const { code, stdout, stderr } = await client.run(run.command, run.args, {
    timeoutSeconds: reading.limitSeconds + SLACK_SECONDS,
  });
  if (code > 1) throw new Error(`load tftp ${args.join(" ")}: exit code ${code}\n${stderr}`);
  return JSON.parse(stdout) as ReadingResult;
}

export function allIntact(result: ReadingResult): boolean {
  return result.complete === result.wanted;
}

/**
 * Asks `server` for `file` until it answers, starts it with `start` meanwhile, and returns its process and how long
 * the answer took from before the start. Throws, with what the server said, when it ends or does not answer.
 */
export async function firstAnswer(
  client: Host,
  server: string,
  file: string,
  start: () => LabProcess,
): Promise<{ made: LabProcess; milliseconds: number }> {
  const asking = client.start(LOAD, ["first", "--server", server, "--file", file]);
  await asking.waitFor(/asking\n/, 10);
  // hrtime is CLOCK_MONOTONIC, as the generator's clock is.
  const began = process.hrtime.bigint();
  const made = start();
  await Promise.race([asking.ended, made.ended]);
  const [, nanoseconds] = /"answered":true,"nanoseconds":"(\d+)"/.exec(asking.output) ?? [];
  if (nanoseconds !== undefined) return { made, milliseconds: Number(BigInt(nanoseconds) - began) / 1e6 };
  await Promise.all([asking.stop(), made.stop()]);
  throw new Error(`no answer from ${server}: ${asking.output}\nWhat the server said:\n${made.output}`);
}

/** Sends DISCOVERs while `work` is done, and returns how long they waited for their OFFER. */
export async function askWhile<T>(
  client: Host,
  interfaceName: string,
  work: () => Promise<T>,
): Promise<{ done: T; dhcp: DhcpResult }> {
  const asking = client.start(LOAD, ["dhcp", "--interface", interfaceName, "--limit", "7200"]);
  await asking.waitFor(/asking\n/, 10);
  const done = await work();
  await asking.stop("SIGTERM");
  const [json] = /\{.*\}/.exec(asking.output) ?? [];
  if (json === undefined) throw new Error(`load dhcp: ${asking.output}`);
  return { done, dhcp: JSON.parse(json) as DhcpResult };
}
