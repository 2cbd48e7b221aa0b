import { optional, optionsSection, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";

/** `[daemon]` */
export const daemon = optionsSection("The process of the daemon.", {
  user: optional(
    value.text,
    "The user, by name or number, that the daemon runs as once the ports are open, if root starts it. When not set: the first of `pybootd`, `nobody` and the user who called `sudo` that exists and may read the program. `root`: the daemon keeps running as root.",
  ),
  group: optional(value.text, "The only group to run as. When not set, the groups of `user`."),
  state_dir: optional(
    value.path,
    "The folder for data that outlasts the process. When not set, systemd's StateDirectory, else `/var/lib/pybootd`.",
  ),
  pid_file: optional(
    value.path,
    "A file for the process ID, written before the daemon gives up root. The daemon removes it at the end if its user may write to the folder.",
  ),
});

/** The values of `[daemon]`. */
export type DaemonSettings = SectionValues<typeof daemon>;
