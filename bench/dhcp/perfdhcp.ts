/** perfdhcp: what it is asked to do, and what it says. It asks as a relay agent, from port 67 of its own address. */

import { pinned } from "../pinning.js";
import type { Ground } from "./ground.js";

export interface Asking {
  /** Exchanges begun in a second. */
  readonly rate: number;
  /** Number of machines that take turns. */
  readonly clients: number;
  /** The number of the first of them, 0 unless told: other numbers are other machines. */
  readonly first?: number;
  /** For how long. */
  readonly seconds?: number;
  /** Or until so many were begun. */
  readonly exchanges?: number;
  /** Renewals per second beside the exchanges; each lease is renewed once. */
  readonly renewals?: number;
  /** Whether exchanges end with the OFFER. */
  readonly initialOnly?: boolean;
}

/** The MAC address of machine 0; the others count on. */
const FIRST_MAC = 0x000c01020304;

/** "00:0c:01:02:03:04" */
export function macOf(machine: number): string {
  const digits = (FIRST_MAC + machine).toString(16).padStart(12, "0");
  return digits.replace(/..(?!$)/g, "$&:");
}

/** The counts and times of one kind of exchange. */
export interface Exchanges {
  readonly sent: number;
  readonly received: number;
}

export interface PerfdhcpResult {
  /** DISCOVER and OFFER. */
  readonly offers: Exchanges;
  /** REQUEST and ACK. */
  readonly leases: Exchanges;
  readonly renewals: Exchanges;
}

/**
 * So long it still takes answers after the last request, in microseconds. A server with much room for what waits would
 * seem quicker than it is if that were long; where little is sent, one late answer should not decide.
 */
const PATIENCE_MICROSECONDS = { usual: 100_000, slow: 500_000 } as const;
/** Exchanges a second; below that it is the longer one. */
const SLOW_RATE = 500;

/** Seconds that it may run beyond its own limit. */
const SLACK_SECONDS = 60;

const NONE: Exchanges = { sent: 0, received: 0 };

function readExchanges(said: string, kind: string): Exchanges {
  const title = `***Statistics for: ${kind}***`;
  const begins = said.indexOf(title);
  if (begins < 0) return NONE;
  const [, sent, received] =
    /^\s*sent packets: (\d+)\nreceived packets: (\d+)/.exec(said.slice(begins + title.length)) ?? [];
  if (sent === undefined || received === undefined) throw new Error(`perfdhcp said: ${said}`);
  return { sent: Number(sent), received: Number(received) };
}

/** Runs it, and returns what came of it, also where much was lost. Throws when it cannot run. */
export async function perfdhcp(ground: Ground, asking: Asking): Promise<PerfdhcpResult> {
  const { rate, clients, first = 0, seconds, exchanges, renewals, initialOnly } = asking;
  const { network, client, pinning } = ground;
  const patience = rate < SLOW_RATE ? PATIENCE_MICROSECONDS.slow : PATIENCE_MICROSECONDS.usual;
  const options: readonly (readonly [flag: string, value: number | undefined])[] = [
    ["-r", rate],
    ["-R", clients],
    ["-p", seconds],
    ["-n", exchanges],
    ["-f", renewals],
    ["-W", patience],
  ];
  const told = options.flatMap(([flag, value]) => (value === undefined ? [] : [flag, `${value}`]));
  const args = [
    "-4",
    "-l",
    network.client,
    "-b",
    `mac=${macOf(first)}`,
    ...told,
    ...(initialOnly === true ? ["-i"] : []),
    network.server,
  ];
  const run = pinned({ command: "perfdhcp", args }, "client", pinning);
  const timeoutSeconds = (seconds ?? (exchanges ?? 1) / rate) + SLACK_SECONDS;
  const { code, stdout, stderr } = await client.run(run.command, run.args, { timeoutSeconds });
  // 3: not every exchange came to its end.
  if (code !== 0 && code !== 3) throw new Error(`perfdhcp ${args.join(" ")}: exit code ${code}\n${stdout}${stderr}`);
  return {
    offers: readExchanges(stdout, "DISCOVER-OFFER"),
    leases: readExchanges(stdout, "REQUEST-ACK"),
    renewals: readExchanges(stdout, "REQUEST-ACK (renewal)"),
  };
}
