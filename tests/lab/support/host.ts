/** One machine of the lab: a network namespace, and the programs that run in it. */

import { spawn } from "node:child_process";
import { exitCode, LabProcess, labEnvironment, type StartOptions } from "./process.js";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The command is killed and run() throws when it takes longer; 30 unless told. */
  readonly timeoutSeconds?: number;
  /** Given to the command's standard input. */
  readonly input?: string;
}

/** Runs a command on this machine (no namespace) and collects what it says. Throws when it cannot start or in time end. */
export function runCommand(
  command: string,
  args: readonly string[],
  { timeoutSeconds = 30, input = "" }: RunOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: labEnvironment(), stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    let late = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
      // A child of its own may hold the pipes open: "close" would then wait for that one.
      child.stdout.destroy();
      child.stderr.destroy();
    }, timeoutSeconds * 1000);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (late) {
        const said = stdout + stderr;
        reject(new Error(`${[command, ...args].join(" ")}: not done after ${timeoutSeconds} s; it said:\n${said}`));
      } else resolve({ code: exitCode(code, signal), stdout, stderr });
    });
    child.stdin.on("error", () => undefined); // a command that does not read its input ends first: EPIPE
    child.stdin.end(input);
  });
}

/** Runs a command. @returns its standard output @throws with its standard error where the exit code is not zero */
export async function mustRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")}: exit code ${code}\n${stderr || stdout}`);
  return stdout;
}

export class Host {
  readonly #processes: LabProcess[] = [];
  #interfaces = 0;

  constructor(
    readonly name: string,
    readonly namespace: string,
  ) {}

  /** Runs a command in the namespace until it ends. Throws when it takes longer than options.timeoutSeconds (30). */
  run(command: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    return runCommand("ip", this.#inside(command, args), options);
  }

  /** Runs a command. @returns its standard output @throws with its standard error where the exit code is not zero */
  must(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    return mustRun("ip", this.#inside(command, args), options);
  }

  /** Starts a program that runs until it is stopped, or until the lab is closed. */
  start(command: string, args: readonly string[], options: StartOptions = {}): LabProcess {
    const started = new LabProcess(`${command} on ${this.name}`, "ip", this.#inside(command, args), options);
    this.#processes.push(started);
    return started;
  }

  /** A name for this host's next interface: eth0, eth1, … */
  nextInterface(): string {
    return `eth${this.#interfaces++}`;
  }

  /** Ends what start() started, latest first. */
  async stopAll(): Promise<void> {
    for (const each of this.#processes.reverse()) await each.stop();
  }

  #inside(command: string, args: readonly string[]): string[] {
    return ["netns", "exec", this.namespace, command, ...args];
  }
}
