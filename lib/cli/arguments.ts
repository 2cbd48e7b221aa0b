import { parseArgs, type ParseArgsConfig } from "node:util";
import { asError } from "../common/error.js";
import { UsageError } from "./terminal.js";

/** What every command takes. */
const COMMON = { help: { type: "boolean", short: "h" }, config: { type: "string", short: "c" } } as const;

/**
 * Reads the words after a command.
 *
 * @param options those of this command, beside `--help` and `--config`
 * @throws {UsageError} where an option is not known, or is not given as it should be
 */
export function readArguments<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
  { positionals: allowPositionals = false } = {},
) {
  try {
    return parseArgs({ args: [...args], allowPositionals, options: { ...COMMON, ...options } });
  } catch (error) {
    throw new UsageError(asError(error).message);
  }
}
