import { Refusal } from "../common/refusal.js";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ControlRefusal, type Greeting } from "../control/protocol.js";
import { ControlServer } from "../control/server.js";
import { SocketTaken } from "../control/socket-lock.js";
import type { Clock } from "../common/clock.js";
import { asError } from "../common/error.js";
import { packageVersion } from "../common/package.js";
import { StartError } from "../os/start-error.js";
import { leaseFolder, stateFolder, type StateConfig } from "./open-store.js";

/** The parts of a configuration that locate the control socket. */
export interface ControlConfig extends StateConfig {
  /** The path of the configuration file. */
  readonly file: string;
}

/** Returns the path of the control socket. */
export function controlPath(config: StateConfig): string {
  return join(stateFolder(config), "control.sock");
}

/**
 * Opens the control socket, which also locks the state against other processes.
 *
 * @param onError called with internal errors
 * @returns the server, or why there is none; the daemon runs without it
 * @throws {StartError} where another process uses the lease database
 */
export async function openControl(
  config: ControlConfig,
  clock: Clock,
  onError: (error: Error) => void,
): Promise<ControlServer | Refusal<string>> {
  const path = controlPath(config);
  try {
    mkdirSync(stateFolder(config), { recursive: true });
    return await ControlServer.open(path, { greeting: greetingOf(config), clock, onError });
  } catch (error) {
    const folder = leaseFolder(config);
    // Leases in memory are not shared, so there is nothing to lock.
    if (folder !== undefined && (error instanceof SocketTaken || error instanceof ControlRefusal)) {
      throw new StartError(takenMessage(folder, path, error));
    }
    return new Refusal(`${path} cannot be opened: ${asError(error).message}`);
  }
}

/** Returns the greeting of a process of a configuration. @param program the program, where it is not the daemon */
export function greetingOf({ file }: Pick<ControlConfig, "file">, program = `pybootd ${packageVersion()}`): Greeting {
  return { pid: process.pid, program, configuration: file };
}

function takenMessage(folder: string, path: string, error: SocketTaken | ControlRefusal): string {
  const advice = "Stop it, or give this one a [daemon] state_dir of its own.";
  if (error instanceof ControlRefusal) {
    return `the lease database ${folder} is in use: another process listens on ${path}, but ${error.message}.\n  ${advice}`;
  }
  const { program, pid, configuration } = error.holder;
  return `the lease database ${folder} is in use: ${program} (pid ${pid}) runs on it, with the configuration ${configuration}.\n  ${advice}`;
}
