import { optional, optionsSection, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";

/** `[daemon]` */
export const daemon = optionsSection("The process itself.", {
  user: optional(
    value.text,
    "The user to run as once the ports are open, by name or number, when started as root: `pybootd` where the system has such a user, else `nobody`, when not set; where they may not read the program, who called `sudo`. `root`: root is kept.",
  ),
  group: optional(value.text, "The group to run as, and no other; those of `user`, when not set."),
  state_dir: optional(
    value.path,
    "The folder for what outlasts the process (`/var/lib/pybootd`, or what systemd gives as StateDirectory, when not set).",
  ),
  pid_file: optional(
    value.path,
    "A file with the number of the process, written before root is given up. It is removed at the end where its folder lets the user do that.",
  ),
});

/** The values of `[daemon]`. */
export type DaemonSettings = SectionValues<typeof daemon>;
