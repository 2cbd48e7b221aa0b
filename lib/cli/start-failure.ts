import type { Terminal } from "./terminal.js";
import type { LoggerSettings } from "../observe/section.js";
import { SettingsError } from "../settings/settings-error.js";
import { ConfigError } from "../config/problem.js";
import { isForTerminal, openLog } from "../observe/log.js";
import { StartError } from "../os/start-error.js";

/** A start failure that is already reported. */
export class ToldError extends Error {}

/**
 * Reports why the daemon does not start, on the terminal for the user and in the log, in its format, for the operator.
 * Where the log is standard error, reports it once.
 *
 * @param logger the log settings where known
 * @returns the error to throw: a {@link ToldError}, or the original one where it is no reported kind of start failure
 */
export async function tellFailure(
  error: unknown,
  logger: LoggerSettings | undefined,
  terminal: Terminal,
): Promise<unknown> {
  if (!(error instanceof StartError || error instanceof ConfigError)) return error;
  const { message } = error;
  const settings = logger ?? (error instanceof SettingsError ? error.logger : undefined);
  const isLogged = settings !== undefined && !isForTerminal(settings) && (await say(message, settings));
  if (!isLogged || settings.type !== "stderr") terminal.err(`${message}\n`);
  return new ToldError(message);
}

/** @returns whether the log could be opened */
async function say(message: string, settings: LoggerSettings): Promise<boolean> {
  try {
    const log = openLog(settings, false);
    log.say("critical", message);
    await log.close();
    return true;
  } catch (error) {
    if (error instanceof StartError) return false;
    throw error;
  }
}
