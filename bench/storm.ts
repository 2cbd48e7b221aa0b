/**
 * A room of machines is switched on: all ask at once for one file that the daemon has to fetch from a mirror, while
 * others ask for an address.
 *
 *     mirror 10.91.0.2 ── 10.91.0.1 daemon 10.90.100.1 ── 10.90.100.2 clients
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Lab, type Host } from "../tests/lab/support/lab.js";
import { Mirror } from "../tests/lab/support/mirror.js";
import { FILES, type Field, type FileName } from "./field.js";
import { allIntact, askWhile, read, type DhcpResult, type ReadingResult } from "./load.js";
import type { Options } from "./options.js";
import { profiling, SUBJECT } from "./participants.js";
import { PROGRAM } from "./paths.js";
import { Server } from "./server.js";

const SERVER = "10.90.100.1";
const CLIENT = "10.90.100.2";
const MIRROR = "10.91.0.2";

/** A whole service: what it gives by DHCP, the file, and where the files come from. */
export const STORM_INI = `[bootpd]
pool_start = 10.90.100.100
pool_count = 100

[bootfile]
default = large

[tftpd]
root = http://${MIRROR}/
`;

/** Numbers of machines that are switched on at once. */
export const STORMS = [1, 50, 500] as const;

export interface StormTargets {
  readonly peakMemory: number;
  readonly dhcpMilliseconds: number;
}

/** MiB, and the 99th percentile of the time from DISCOVER to OFFER. */
export const STORM_TARGETS: StormTargets = { peakMemory: 300, dhcpMilliseconds: 50 };

/** A storm is given up after so many seconds. */
const LIMIT_SECONDS = 1200;

export interface StormOutcome {
  readonly name: string;
  readonly readers: number;
  readonly octets: number;
  readonly load: ReadingResult;
  readonly dhcp: DhcpResult;
  /** The daemon's, in MiB. */
  readonly peakMemory: number;
  readonly serverCpuSeconds: number;
  /** The number of requests to the mirror for the file, by kind: "GET 200", "HEAD 200", … */
  readonly upstream: Readonly<Record<string, number>>;
  readonly upstreamOctets: number;
}

interface Ground {
  readonly lab: Lab;
  readonly server: Host;
  readonly client: Host;
  readonly clientInterface: string;
  readonly mirror: Host;
}

async function openGround(): Promise<Ground> {
  const lab = await Lab.open();
  try {
    const [server, client, mirror] = [await lab.host("storm"), await lab.host("room"), await lab.host("mirror")];
    const cable = await lab.link(server, `${SERVER}/24`, client, `${CLIENT}/24`);
    await lab.link(server, "10.91.0.1/24", mirror, `${MIRROR}/24`);
    return { lab, server, client, clientInterface: cable.interfaceB, mirror };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

/** Counts what the mirror's log has of `file`: lines "METHOD /file STATUS OCTETS …". */
function countRequests(lines: readonly string[], file: string): Pick<StormOutcome, "upstream" | "upstreamOctets"> {
  const upstream: Record<string, number> = {};
  let upstreamOctets = 0;
  for (const line of lines) {
    const [method = "", path, status = "", octets] = line.split(" ");
    if (path !== `/${file}`) continue;
    const kind = `${method} ${status}`;
    upstream[kind] = (upstream[kind] ?? 0) + 1;
    upstreamOctets += Number(octets);
  }
  return { upstream, upstreamOctets };
}

async function runStorm(field: Field, readers: number, { quick, profile }: Options): Promise<StormOutcome> {
  const file: FileName = quick ? "medium" : "large";
  const { lab, server, client, clientInterface, mirror } = await openGround();
  try {
    const upstream = await Mirror.start(lab, mirror, field.files);
    const folder = join(lab.directory, "daemon");
    await mkdir(folder);
    await writeFile(join(folder, "pybootd.ini"), STORM_INI);
    const args = [...(profile ? profiling(field.scratch(SUBJECT)) : []), PROGRAM, "-c", join(folder, "pybootd.ini")];
    const daemon = await Server.start(
      { host: server, address: SERVER, client },
      { command: process.execPath, args },
      "small",
    );
    const before = daemon.cpuSeconds;
    const { done: load, dhcp } = await askWhile(client, clientInterface, () =>
      read(client, {
        server: SERVER,
        reference: join(field.files, file),
        file,
        readers,
        transfers: readers,
        limitSeconds: LIMIT_SECONDS,
      }),
    );
    const { peakMemory } = daemon;
    const serverCpuSeconds = daemon.cpuSeconds - before;
    await daemon.stop(); // the mirror's log tells of a request once it has ended
    const requests = countRequests(await upstream.requests(), file);
    return {
      name: `storm-${readers}`,
      readers,
      octets: FILES[file],
      load,
      dhcp,
      peakMemory,
      serverCpuSeconds,
      ...requests,
    };
  } finally {
    await lab.close();
  }
}

/** Runs the storms whose names `wanted` accepts, one after another, once each. */
export async function runStorms(
  field: Field,
  options: Options,
  wanted: (name: string) => boolean,
  tell: (line: string) => void,
): Promise<readonly StormOutcome[]> {
  const outcomes: StormOutcome[] = [];
  for (const readers of STORMS) {
    if (!wanted(`storm-${readers}`)) continue;
    const outcome = await runStorm(field, readers, options);
    tell(
      `${outcome.name}: ${outcome.load.complete} of ${readers} intact in ${outcome.load.seconds.toFixed(1)} s, ` +
        `peak ${outcome.peakMemory.toFixed(0)} MiB, OFFERs p50 ${outcome.dhcp.milliseconds.p50.toFixed(1)} ms, ` +
        `p99 ${outcome.dhcp.milliseconds.p99.toFixed(1)} ms, ` +
        `upstream ${JSON.stringify(outcome.upstream)}`,
    );
    if (!allIntact(outcome.load)) tell(JSON.stringify(outcome.load));
    outcomes.push(outcome);
  }
  return outcomes;
}
