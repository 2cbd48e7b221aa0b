import { linkSync, lstatSync, renameSync, rmSync } from "node:fs";
import type { Server } from "node:net";
import type { Clock } from "../common/clock.js";
import { ControlClient } from "./client.js";
import { LONGEST_PATH, type Greeting } from "./protocol.js";

/** The error where another process has the socket. */
export class SocketTaken extends Error {
  constructor(readonly holder: Greeting) {
    super(`${holder.program} (pid ${holder.pid}) has it`);
    this.name = "SocketTaken";
  }
}

/** How often to try a socket whose owner has ended: another process may be about to take it, too. */
const TRIES = 5;

/** The umask that leaves the socket to its owner: write access to a control socket permits all that it offers. */
const MASK = 0o177;

/**
 * Listens on a Unix socket that only one process may have. Takes over the socket that a killed process left.
 *
 * @throws {SocketTaken} where another process listens there, {@link ControlRefusal} where that process does not
 *   identify itself, an error where the socket cannot be made
 */
export async function listenAlone(server: Server, path: string, clock: Clock): Promise<void> {
  if (Buffer.byteLength(path) > LONGEST_PATH) throw new Error(`its path is longer than ${LONGEST_PATH} octets`);
  for (let tries = 1; ; tries++) {
    try {
      await listen(server, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || tries === TRIES) throw error;
    }
    const seen = markOf(path);
    const other = await ControlClient.connect(path, clock);
    other?.close();
    if (other !== undefined) throw new SocketTaken(other.greeting);
    if (seen !== undefined) removeStale(path, seen);
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    // listen makes the socket before it returns.
    const mask = process.umask(MASK);
    try {
      server.listen({ path });
    } finally {
      process.umask(mask);
    }
  });
}

/**
 * Removes a socket that no process listens on. Two processes may find the same one: so the socket is first renamed, and
 * linked back where it is not the one that was seen.
 */
function removeStale(path: string, seen: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (markOf(aside) !== seen) linkSync(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process was faster.
    if (code !== "ENOENT" && code !== "EEXIST") throw error;
  }
  rmSync(aside, { force: true });
}

/** Returns what distinguishes a socket from the next one at the same path. */
function markOf(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isSocket()) throw new Error(`${path} is there, and no socket`);
  return `${stat.ino} ${stat.mtimeNs}`;
}
