import { dirname } from "node:path";
import type { Config } from "../config/load.js";
import { BootFiles } from "../files/boot-files.js";
import { makeFilter } from "../files/filters.js";
import { FolderSource } from "../files/folder.js";
import { KnownSizes } from "../files/known-sizes.js";
import { UrlSource } from "../files/url.js";
import type { Clock } from "../net/clock.js";
import { packageFolder } from "../package.js";

/** How long starting may wait for a mirror to tell the sizes of the boot files. */
const SIZES_MILLISECONDS = 250;

/** The files of a configuration, and what lets go of their source. */
export interface OpenedFiles {
  readonly files: BootFiles;
  readonly close: () => Promise<void>;
}

/** The files below `[tftpd] root`, after `[filters]`. */
export function openFiles({ settings, file }: Config): OpenedFiles {
  const { root } = settings.tftpd;
  const filters = settings.filters.map(({ key, value }) => makeFilter(key, value));
  const folders = { configuration: dirname(file), package: packageFolder };
  if (root.kind === "folder") {
    const files = new BootFiles(new FolderSource(root.path), filters, folders);
    return { files, close: () => Promise.resolve() };
  }
  const source = new UrlSource(root.url);
  return { files: new BootFiles(source, filters, folders), close: () => source.close() };
}

/**
 * Looks up the sizes of the boot files, for option 13. A mirror that takes its time is not waited for: its sizes are
 * known a little later.
 */
export async function learnSizes({ settings }: Config, files: BootFiles, clock: Clock): Promise<KnownSizes> {
  const sizes = new KnownSizes(files, clock);
  const { boot_file: fallback } = settings.bootpd;
  const names = [...settings.bootfile.map(({ value }) => value), ...(fallback === undefined ? [] : [fallback])];
  const learning = Promise.all(names.map((name) => sizes.learn(name)));
  await new Promise<void>((resolve) => {
    const cancel = clock.after(SIZES_MILLISECONDS, resolve);
    void learning.then(() => {
      cancel();
      resolve();
    });
  });
  return sizes;
}
