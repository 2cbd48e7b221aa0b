import { SettingsError } from "../settings/settings-error.js";
import type { Config } from "../settings/load.js";
import type { Libc } from "../os/libc.js";
import { openPrivileges, type Privileges } from "../os/privileges.js";
import { findUser, RootKeptError, UnknownUserError, userCalls } from "../os/user.js";
import { unreadableProgram } from "./state-paths.js";

/**
 * Finds the user that `[daemon]` sets to run as, and the privileges to give up for it.
 *
 * @param file the path of the configuration as the user gave it
 * @throws {SettingsError} where the system does not have the user or group
 * @throws {StartError} where this process may not become that user
 */
export function privilegesOf(config: Config, file: string, libc: Libc | undefined): Privileges {
  const { user, group } = config.settings.daemon;
  return placing(config, file, () => openPrivileges({ user, group, hindrance: unreadableProgram }, libc));
}

/**
 * Checks as root that the system has the user and group that `[daemon]` sets. Another user cannot tell.
 *
 * @param file the path of the configuration as the user gave it
 * @throws {SettingsError} where it does not
 */
export function requireUser(config: Config, file: string): void {
  const { user, group } = config.settings.daemon;
  const calls = userCalls();
  if (user === undefined || calls?.geteuid() !== 0) return;
  try {
    placing(config, file, () => findUser(calls, user, group));
  } catch (error) {
    // This process may not become another user; the daemon may run where it can.
    if (!(error instanceof RootKeptError)) throw error;
  }
}

/** Runs an action; names the line of the configuration where it fails for want of a user or group. */
function placing<T>(config: Config, file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof UnknownUserError)) throw error;
    const { option, expected, got } = error;
    const problem = { section: "daemon", option, line: config.lineOf("daemon", option), expected, got };
    throw new SettingsError(file, [problem], config);
  }
}
