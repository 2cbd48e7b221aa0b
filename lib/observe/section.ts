import { optional, optionsSection, withDefault, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";

/** `[logger]` */
export const logger = optionsSection("Where the log goes and how much of it.", {
  type: withDefault(
    value.orAlso(value.oneOf("stderr", "stdout", "file", "syslog", "none"), { unix: "syslog" }),
    "stderr",
    "Where the log goes; `syslog` is this host's `/dev/log`.",
  ),
  level: withDefault(
    value.orAlso(value.oneOf("critical", "error", "warning", "info", "debug"), { warn: "warning", all: "debug" }),
    "info",
    "The least grave lines that are written.",
  ),
  file: optional(value.path, "The file to append to, where `type` is `file`.", { mayBeEmpty: true }),
  format: withDefault(value.oneOf("text", "json"), "text", "One line of text an event, or one JSON object."),
});

/** The values of `[logger]`. */
export type LoggerSettings = SectionValues<typeof logger>;
