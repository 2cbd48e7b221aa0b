/** A server of the benchmark while it runs. */

import type { Host } from "../tests/lab/support/host.js";
import type { LabProcess } from "../tests/lab/support/process.js";
import { firstAnswer } from "./load.js";
import type { Command } from "./participants.js";
import { cpuSeconds, peakMemory, sleeps } from "./proc.js";

export interface Cable {
  readonly host: Host;
  /** The host's address on it. */
  readonly address: string;
  readonly client: Host;
}

export class Server {
  readonly #process: LabProcess;
  readonly #pid: number;

  private constructor(
    process: LabProcess,
    readonly address: string,
    /** From before the process was made to its first packet of a file. */
    readonly startMilliseconds: number,
  ) {
    this.#process = process;
    // "ip netns exec" becomes the program it is given: the process is the server's own.
    if (process.pid === undefined) throw new Error(`the server did not start: ${process.output}`);
    this.#pid = process.pid;
  }

  /** Starts the command on the cable's host, and returns when the client was answered, having asked for `file`. */
  static async start({ host, address, client }: Cable, { command, args }: Command, file: string): Promise<Server> {
    const { made, milliseconds } = await firstAnswer(client, address, file, () => host.start(command, args));
    return new Server(made, address, milliseconds);
  }

  /** CPU time so far, in seconds. */
  get cpuSeconds(): number {
    return cpuSeconds(this.#pid);
  }

  /** In MiB. */
  get peakMemory(): number {
    return peakMemory(this.#pid);
  }

  /** The number of times that its threads went to sleep so far. */
  get sleeps(): number {
    return sleeps(this.#pid);
  }

  /** Its output so far, for error messages. */
  get output(): string {
    return this.#process.output;
  }

  stop(): Promise<number> {
    return this.#process.stop("SIGTERM");
  }
}
