import type { Terminal } from "./terminal.js";
import type { LoggerSettings } from "../observe/section.js";
import { SettingsError } from "../settings/settings-error.js";
import { ConfigError } from "../config/problem.js";
import { isForTerminal, openLog } from "../observe/log.js";
import { StartError } from "../os/start-error.js";

/** A daemon did not start, and who has to know was told why. */
export class ToldError extends Error {}

/**
 * Tells why a daemon does not start. The person who starts it reads the terminal, an operator the log: both are told, the
 * log in its own format. Where the log is standard error it is told once.
 *
 * @param logger where the log goes, as far as that is known
 * @returns what is to be thrown: a {@link ToldError}, or what is none of the reasons that are told
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

/** @returns whether there is a log to say it to */
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
