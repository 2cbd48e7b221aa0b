/**
 * On which processor what runs. With one reader in lock-step, client and server take turns; the system then puts them
 * on one processor or on two as it happens, and on two each turn waits for a processor to wake: the rate is another by
 * a factor of three or four. A client is a machine of its own, so in such cases they are kept apart.
 */

import { availableParallelism } from "node:os";
import type { Pinning } from "./options.js";
import type { Command } from "./participants.js";

type Side = "server" | "client";

const PROCESSORS: Readonly<Record<Side, string>> = { server: "0", client: "1" };

/** The command as it is to be run on its side of the cable. */
export function pinned({ command, args }: Command, side: Side, pinning: Pinning): Command {
  if (pinning === "none" || availableParallelism() < 2) return { command, args };
  return { command: "taskset", args: ["--cpu-list", PROCESSORS[side], command, ...args] };
}
