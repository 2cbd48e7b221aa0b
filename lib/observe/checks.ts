import type { Problem } from "../config/problem.js";
import type { ReadSections } from "../config/read.js";
import type { LoggerSettings } from "./section.js";

/** Checks that a log in a file has one. */
export function checkLogger({
  settings,
  lineOf,
}: ReadSections<{ readonly logger: LoggerSettings }>): readonly Problem[] {
  if (settings.logger.type !== "file" || settings.logger.file !== undefined) return [];
  const place = { line: lineOf("logger", "type"), section: "logger", option: "file" };
  return [{ ...place, expected: "the file to write the log to", got: "type = file without one" }];
}
