/** A daemon in the test's own process. */

import type { Test } from "tap";
import type { Config } from "../../lib/settings/load.js";
import { onCommit } from "../../lib/common/transaction.js";
import { Daemon } from "../../lib/daemon/daemon.js";
import { systemClock } from "../../lib/common/clock.js";
import type { System } from "../../lib/os/system.js";
import { sameUser } from "../../lib/os/privileges.js";

/** A daemon, and the messages that it logs; those about the program itself have their level before them. */
export interface Logged {
  readonly daemon: Daemon;
  readonly lines: readonly string[];
}

/** Starts a daemon that stops with the test, and takes down what it logs. */
export async function startDaemon(
  t: Test,
  config: Config,
  { network, libc }: Pick<System, "network" | "libc">,
): Promise<Logged> {
  const lines: string[] = [];
  const log = {
    write: ({ message }: { readonly message: string }) => lines.push(message),
    takes: (level: string) => level !== "debug",
    say: (level: string, message: string) => lines.push(`${level}: ${message}`),
    prepare: () => onCommit(() => undefined),
    close: () => Promise.resolve(),
  };
  const daemon = await Daemon.start(config, { log, network, libc, privileges: sameUser(), clock: systemClock });
  t.teardown(() => daemon.stop());
  return { daemon, lines };
}

/** Waits until a line matches. @param from how many lines are passed over */
export async function said(lines: readonly string[], wanted: RegExp, from = 0): Promise<string> {
  for (;;) {
    const line = lines.slice(from).find((each) => wanted.test(each));
    if (line !== undefined) return line;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
