import { optional, optionsSection, tableSection, withDefault, type ValuesOf } from "../config/spec.js";
import * as value from "../config/values.js";

/** The section `[cache]`. */
export const cache = optionsSection("What is kept of files, so that many machines that boot at once cause one read.", {
  memory: withDefault(value.size, "64MiB", "Octets of files that are kept in memory, for all readers together."),
  disk: optional(
    value.path,
    "A folder that keeps what was fetched from a mirror, and serves it when the mirror is away. Off when not set.",
  ),
  disk_size: withDefault(
    value.size,
    "4GiB",
    "Octets of files that are kept there; what was not used for longest goes first.",
  ),
});

/** The section `[filters]`. */
export const filters = tableSection(
  "Other files for the names that TFTP clients ask, the first match wins. `*` and `?` match any characters, slashes too. The value is a URL, or a path (absolute, or `./…` relative to this file, else tried there and then in `root`), that may hold `{filename}`, `{file}`, `{mac}`, `{ip}`, `{uuid}`, `{arch}`; `{1}`, `{2}`, … are what the first, the second, … `*` or `?` stands for (`**` is one; where a name can be divided in several ways, each as little as it can, and the last `*` the rest), and a path that has such a number, and no folder before its first variable, is below `root` alone; in `[…]` it is a file whose text names the one to serve.",
  value.text,
  value.text,
  "pxelinux.cfg/* = pxe.cfg",
);

/** The values of the file sections. */
export type FileSections = ValuesOf<{ cache: typeof cache; filters: typeof filters }>;
