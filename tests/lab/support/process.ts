/** One long-running program of the lab: what it said, waiting for what it says, and its end. */

import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { Transcript } from "./transcript.js";

/** Time between the first signal and SIGKILL, in seconds. */
const GRACE_SECONDS = 10;

export interface StartOptions {
  /** Added to the lab's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/**
 * The environment of every program in the lab: ours, with the folders of system programs in PATH, and without what
 * tap puts there to watch the test's own Node (the daemon under test must run as users run it).
 */
export function labEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => name !== "NODE_OPTIONS" && !name.startsWith("TAP"));
  const path = `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;
  return { ...Object.fromEntries(kept), LC_ALL: "C", PATH: path, STATE_DIRECTORY: stateFolder(), ...extra };
}

/** A folder for what daemons of this process keep, so that none of it is left on this machine. */
function stateFolder(): string {
  const folder = join(tmpdir(), `pybootd-lab-state-${process.pid}`);
  if (!existsSync(folder)) {
    mkdirSync(folder);
    // Some daemons of the lab run as another user.
    chmodSync(folder, 0o777);
    process.once("exit", () => {
      rmSync(folder, { recursive: true, force: true });
    });
  }
  return folder;
}

/** The exit code as a shell would tell it: 128 + the signal's number for a program that a signal ended. */
export function exitCode(code: number | null, signal: NodeJS.Signals | null): number {
  if (code !== null) return code;
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

export class LabProcess {
  readonly #child: ChildProcess;
  readonly #both: Transcript;
  readonly #exit: Promise<number>;
  #code: number | undefined;

  /** Starts `command`; `label` names it in error messages. */
  constructor(label: string, command: string, args: readonly string[], options: StartOptions = {}) {
    this.#both = new Transcript(label);
    this.#child = spawn(command, args, {
      env: labEnvironment(options.env),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#both.append(text);
      });
    }
    this.#exit = new Promise((resolve) => {
      const ended = (code: number, why: string): void => {
        this.#code = code;
        this.#both.end(why);
        resolve(code);
      };
      this.#child.once("error", (error) => {
        ended(127, error.message);
      });
      // "close", not "exit": by then all of its output has been read.
      this.#child.once("close", (code, signal) => {
        const number = exitCode(code, signal);
        ended(number, `it ended with exit code ${number}`);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Standard output and standard error so far, as they came. */
  get output(): string {
    return this.#both.text;
  }

  /** The exit code once it has ended, else undefined. */
  get code(): number | undefined {
    return this.#code;
  }

  /** The exit code, whenever it ends. */
  get ended(): Promise<number> {
    return this.#exit;
  }

  /**
   * The first match of `wanted` in the output at or after character `from`, also if it is already there.
   * Throws, quoting the output, when `timeoutSeconds` pass or the program ends before.
   */
  waitFor(wanted: RegExp, timeoutSeconds: number, from = 0): Promise<RegExpExecArray> {
    return this.#both.waitFor(wanted, timeoutSeconds, from);
  }

  /** Sends a signal and leaves it at that. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends the program: `signal`, then SIGKILL should it still run after 10 s. Returns its exit code (128 + signal). */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    if (this.#code !== undefined) return this.#code;
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), GRACE_SECONDS * 1000);
    const code = await this.#exit;
    clearTimeout(timer);
    return code;
  }
}
