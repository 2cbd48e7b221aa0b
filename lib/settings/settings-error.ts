import { ConfigError, type Problem } from "../config/problem.js";
import type { LoggerSettings } from "../observe/section.js";

/** Settings that do not fit each other, or this host. */
export class SettingsError extends ConfigError {
  /** Where to log the error; undefined where the `[logger]` section itself is wrong. */
  readonly logger: LoggerSettings | undefined;

  /**
   * @param file the path as the user gave it
   * @param problems at least one
   */
  constructor(file: string, problems: readonly Problem[], logger: LoggerSettings) {
    super(file, problems);
    this.name = "SettingsError";
    this.logger = problems.some(({ section }) => section === "logger") ? undefined : logger;
  }
}
