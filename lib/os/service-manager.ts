import { spawn } from "node:child_process";
import type { Clock } from "../common/clock.js";
import { systemError } from "../common/error.js";
import type { Libc } from "./libc.js";

// Numbers of Linux's socket interface (unix(7)).
const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
/** The octets of sockaddr_un for a path and its terminating NUL. */
const LONGEST_PATH = 108;

/** The calls of the C library that notifying takes. */
export type NotifyCalls = Pick<Libc, "socket" | "sendto" | "errno">;

/** The service manager that supervises this process: systemd, or one that speaks its protocol (sd_notify(3)). */
export interface ServiceManager {
  /**
   * Reports that the daemon serves.
   *
   * @param status a few words for users who ask for the state
   */
  ready(status: string): void;
  /** Reports that the daemon reads its configuration again; {@link ready} reports the end of that. */
  reloading(): void;
  stopping(): void;
}

/** A function that sends states to the service manager. */
type Tell = (states: readonly string[]) => void;

export interface ServiceManagerParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where undefined, the program `systemd-notify` sends the states. */
  readonly libc: NotifyCalls | undefined;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;
}

/** The service manager of a process that has none. */
const nobody: ServiceManager = { ready: () => undefined, reloading: () => undefined, stopping: () => undefined };

/**
 * Finds the service manager by the environment. Where it has a watchdog for this process, sends it a keep-alive twice
 * per timeout, as long as the event loop runs.
 */
export function openServiceManager({ env, libc, clock, onError }: ServiceManagerParts): ServiceManager {
  const { NOTIFY_SOCKET: path, WATCHDOG_USEC: patience, WATCHDOG_PID: watched } = env;
  if (path === undefined || path === "") return nobody;
  const tell = libc === undefined ? tellByProgram(onError) : tellBySocket(libc, path, onError);
  if (patience !== undefined && (watched ?? `${process.pid}`) === `${process.pid}`) {
    keepTelling(tell, Number(patience) / 2000, clock);
  }
  return {
    ready: (status) => {
      tell(["READY=1", `STATUS=${status.replaceAll("\n", " ")}`]);
    },
    reloading: () => {
      const microseconds = process.hrtime.bigint() / 1000n;
      tell(["RELOADING=1", `MONOTONIC_USEC=${microseconds}`, "STATUS=reading the configuration again"]);
    },
    stopping: () => {
      tell(["STOPPING=1", "STATUS=stopping"]);
    },
  };
}

function keepTelling(tell: Tell, milliseconds: number, clock: Clock): void {
  if (!(milliseconds >= 1)) return;
  const again = (): void => {
    tell(["WATCHDOG=1"]);
    clock.after(milliseconds, again);
  };
  again();
}

/**
 * Sends by a Unix datagram socket, which Node.js does not offer. A name that begins with `@` is abstract: it is in no
 * folder.
 */
function tellBySocket(libc: NotifyCalls, path: string, onError: (error: Error) => void): Tell {
  const name = Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`);
  const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), name]);
  const descriptor = name.length > LONGEST_PATH ? -1 : libc.socket(AF_UNIX, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
  return (states) => {
    const octets = Buffer.from(states.join("\n"));
    if (libc.sendto(descriptor, octets, octets.length, 0, address, address.length) >= 0) return;
    onError(systemError(libc.errno(), `sendto ${path}`));
  };
}

/** Sends by a program. The service has to accept messages of all its processes (NotifyAccess=all). */
function tellByProgram(onError: (error: Error) => void): Tell {
  return (states) => {
    spawn("systemd-notify", states, { stdio: "ignore" }).on("error", onError);
  };
}
