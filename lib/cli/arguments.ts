import { parseArgs, type ParseArgsConfig } from "node:util";
import { asError } from "../common/error.js";
import { UsageError } from "./terminal.js";

/** The options of every command. */
const COMMON = { help: { type: "boolean", short: "h" }, config: { type: "string", short: "c" } } as const;

/**
 * Parses the arguments of a command.
 *
 * @param options the command's own options, beside `--help` and `--config`
 * @throws {UsageError} for an unknown or malformed option
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
