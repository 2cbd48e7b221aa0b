import { ConfigError, type Problem } from "../config/problem.js";
import { sourceErrors, type InventoryConfig } from "../inventory/open.js";
import type { LoggerSettings } from "../observe/section.js";
import type { Settings } from "./schema.js";

/** Settings that do not fit each other, or this host. */
export class SettingsError extends ConfigError {
  /** Where to log the error; undefined where the `[logger]` section itself is wrong. */
  readonly logger: LoggerSettings | undefined;
  readonly #name: string;
  readonly #read: InventoryConfig & { readonly settings: Settings };

  /**
   * @param name the path as the user gave it
   * @param problems at least one
   * @param read what could be read of the file, and its absolute path
   * @param others the errors of other files that belong to the configuration
   */
  constructor(
    name: string,
    problems: readonly Problem[],
    read: InventoryConfig & { readonly settings: Settings },
    others: readonly ConfigError[] = [],
  ) {
    super(name, problems, others);
    this.name = "SettingsError";
    this.logger = problems.some(({ section }) => section === "logger") ? undefined : read.settings.logger;
    this.#name = name;
    this.#read = read;
  }

  /** Returns this error together with those of the files of machines, so that a user sees all problems at once. */
  async withSources(): Promise<SettingsError> {
    return new SettingsError(this.#name, this.problems, this.#read, await sourceErrors(this.#read));
  }
}

/** Returns an error of settings together with those of the files of machines; any other error as it is. */
export function withSourceErrors(error: unknown): Promise<unknown> {
  return Promise.resolve(error instanceof SettingsError ? error.withSources() : error);
}
