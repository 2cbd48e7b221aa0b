/** The daemon under test, on a host of the lab. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "./host.js";
import type { Lab } from "./lab.js";
import type { LabProcess } from "./process.js";
import { NODE, PROGRAM } from "./program.js";

/** Time limit for the start of the daemon, in seconds. */
const START_SECONDS = 20;

/** Length of the log's quotation in an error message, in characters. */
const QUOTED = 3000;

export class Daemon {
  readonly #process: LabProcess;

  private constructor(process: LabProcess) {
    this.#process = process;
  }

  /** The folder that start() writes the INI file to, and that relative paths in it start from. */
  static folder(lab: Lab, host: Host): string {
    return join(lab.directory, `pybootd-on-${host.name}`);
  }

  /**
   * Writes `ini` (and `files`, by name) to a folder of the lab's and starts `node dist/bin/pybootd.js -c` with it
   * on `host`. Returns once the daemon has logged that it is ready; throws, with its log, when it does not.
   *
   * @param wrapper a command that runs the one after it, and its arguments
   */
  static async start(
    lab: Lab,
    host: Host,
    ini: string,
    files: Readonly<Record<string, string>> = {},
    args: readonly string[] = [],
    wrapper: readonly string[] = [],
  ): Promise<Daemon> {
    const folder = Daemon.folder(lab, host);
    const path = join(folder, "pybootd.ini");
    await mkdir(folder, { recursive: true });
    await writeFile(path, ini);
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const [command = NODE, ...rest] = [...wrapper, NODE, PROGRAM, "-c", path, ...args];
    const started = host.start(command, rest, { cwd: folder, env: { STATE_DIRECTORY: join(folder, "state") } });
    await started.waitFor(/\bready\b/, START_SECONDS);
    return new Daemon(started);
  }

  /** The number of its process, where it could be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The log so far, a line each. */
  get lines(): readonly string[] {
    return this.#process.output.split("\n").filter((line) => line !== "");
  }

  /** The log so far, and its length: what waitFor() takes to look only at what comes after. */
  get log(): string {
    return this.#process.output;
  }

  /** The first match in the log at or after character `from`; throws, with the log, after `timeoutSeconds`. */
  waitFor(wanted: RegExp, timeoutSeconds: number, from = 0): Promise<RegExpExecArray> {
    return this.#process.waitFor(wanted, timeoutSeconds, from);
  }

  /** Waits for `promise`; adds the daemon's log to its error, since that usually tells why. */
  async explaining<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      throw new Error(`${String(error)}\n\nThe daemon's log:\n${this.log.slice(-QUOTED)}`);
    }
  }

  /** Sends a signal (SIGHUP reloads). */
  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  /** Ends the daemon, as systemd would unless told; returns its exit code (137 when it had to be killed). */
  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    return this.#process.stop(signal);
  }
}
