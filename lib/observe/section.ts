import { optional, optionsSection, withDefault, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";

/** `[logger]` */
export const logger = optionsSection("Where the log goes and how much is logged.", {
  type: withDefault(
    value.orAlso(value.oneOf("stderr", "stdout", "file", "syslog", "none"), { unix: "syslog" }),
    "stderr",
    "The destination of the log. `syslog` is this host's `/dev/log`.",
  ),
  level: withDefault(
    value.orAlso(value.oneOf("critical", "error", "warning", "info", "debug"), { warn: "warning", all: "debug" }),
    "info",
    "The lowest severity that is logged.",
  ),
  file: optional(value.path, "The file to append to, with `type = file`.", { mayBeEmpty: true }),
  format: withDefault(value.oneOf("text", "json"), "text", "The format of an event: a line of text, or a JSON object."),
});

/** The values of `[logger]`. */
export type LoggerSettings = SectionValues<typeof logger>;
