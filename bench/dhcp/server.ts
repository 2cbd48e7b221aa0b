/** A DHCP server of the benchmark while it runs. */

import { join } from "node:path";
import type { LabProcess } from "../../tests/lab/support/process.js";
import { cpuSeconds, peakMemory, residentMemory } from "../proc.js";
import { LOAD } from "../paths.js";
import type { Command } from "../participants.js";
import type { Ground } from "./ground.js";

/** Time limit for the first answer of a server, in seconds. */
const START_SECONDS = 120;

interface FirstOffer {
  /** The time of the answer, on the clock of process.hrtime. */
  readonly nanoseconds: string;
  readonly answered: boolean;
  /** The address that was offered to the first of perfdhcp's machines. */
  readonly offered: string;
}

export class DhcpServer {
  readonly #process: LabProcess;
  readonly #pid: number;

  private constructor(
    process: LabProcess,
    /** From before the process was made to its first OFFER. */
    readonly startMilliseconds: number,
    /** The address that perfdhcp's first machine was offered then. */
    readonly firstOffered: string,
  ) {
    this.#process = process;
    // Each of "ip netns exec", "sh" and "env" becomes the program it is given: the process is the server's own.
    if (process.pid === undefined) throw new Error("the server did not start");
    this.#pid = process.pid;
  }

  /** Starts the command, its log going to a file of the ground's; returns once it has offered an address. */
  static async start(ground: Ground, { command, args }: Command): Promise<DhcpServer> {
    const { network, server, client } = ground;
    const log = join(ground.state, "log");
    const options = ["--server", network.server, "--relay", network.client, "--limit", `${START_SECONDS}`];
    const asking = client.start(LOAD, ["first-offer", ...options]);
    await asking.waitFor(/asking\n/, 10);
    const began = process.hrtime.bigint();
    // In a file a line costs its writer what it costs with a journal, and takes nothing from the others' processors.
    const made = server.start("sh", ["-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", log, command, ...args]);
    await Promise.race([asking.ended, made.ended]);
    const [json] = /\{.*\}/.exec(asking.output) ?? [];
    const offer = json === undefined ? undefined : (JSON.parse(json) as FirstOffer);
    if (offer?.answered === true) {
      return new DhcpServer(made, Number(BigInt(offer.nanoseconds) - began) / 1e6, offer.offered);
    }
    await Promise.all([asking.stop(), made.stop()]);
    throw new Error(`${[command, ...args].join(" ")} gave no answer: ${asking.output}\n${await ground.log()}`);
  }

  /** CPU time so far, of all threads, in seconds. */
  get cpuSeconds(): number {
    return cpuSeconds(this.#pid);
  }

  /** In MiB. */
  get memory(): number {
    return residentMemory(this.#pid);
  }

  /** In MiB. */
  get peakMemory(): number {
    return peakMemory(this.#pid);
  }

  stop(): Promise<number> {
    return this.#process.stop("SIGTERM");
  }
}
