import { optional, optionsSection, tableSection, withDefault, type ValuesOf } from "../config/spec.js";
import * as value from "../config/values.js";

/** The section `[cache]`. */
export const cache = optionsSection("The cache of files: a file that many machines request at once is read once.", {
  memory: withDefault(value.size, "64MiB", "The size of the cache in memory, in octets, for all readers together."),
  disk: optional(
    value.path,
    "A folder for the files that were fetched from a mirror. They are served from there while the mirror cannot be reached. When not set, none are kept on disk.",
  ),
  disk_size: withDefault(
    value.size,
    "4GiB",
    "The size of the cache on disk, in octets. The least recently used files are removed first.",
  ),
});

/** The section `[filters]`. */
export const filters = tableSection(
  "Other files for the names that TFTP clients request. The first line that matches a name applies. `*` and `?` match any characters, slashes too. The value is a URL or a path. A path is absolute, or begins with `./` and is relative to this file; any other path is tried relative to this file first, then in `root`. The value may contain `{filename}`, `{file}`, `{mac}`, `{ip}`, `{uuid}`, `{arch}`. `{1}`, `{2}`, … are the texts that the first, the second, … `*` or `?` matches. `**` counts as one wildcard. If a name can be divided in several ways, each wildcard matches as little as possible, and the last `*` matches the rest. A path that contains such a number, and no folder before its first variable, is looked for in `root` only. A value in `[…]` is a file that contains the name of the file to serve.",
  value.text,
  value.text,
  "pxelinux.cfg/* = pxe.cfg",
);

/** The values of the file sections. */
export type FileSections = ValuesOf<{ cache: typeof cache; filters: typeof filters }>;
