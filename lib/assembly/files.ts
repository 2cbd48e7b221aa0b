import { dirname } from "node:path";
import type { EventBus } from "../events.js";
import type { Config } from "../config/load.js";
import type { Root } from "../config/values.js";
import { BootFiles } from "../files/boot-files.js";
import { makeFilter } from "../files/filters.js";
import { ChunkCache } from "../files/chunk-cache.js";
import { DiskCache } from "../files/disk-cache.js";
import { FolderSource, LocalFiles } from "../files/folder.js";
import { KnownSizes } from "../files/known-sizes.js";
import type { FileSource } from "../files/source.js";
import { Upstream } from "../files/upstream.js";
import { QuickFiles } from "../files/quick-files.js";
import { UrlSource } from "../files/url.js";
import type { Clock } from "../net/clock.js";
import type { Libc } from "../net/libc.js";
import { packageFolder } from "../package.js";
import { StartError } from "../start-error.js";

/** How long starting may wait for a mirror to tell the sizes of the boot files. */
const SIZES_MILLISECONDS = 250;

/** How long a mirror may keep silent when `timeout` is not set. */
const PATIENCE_SECONDS = 10;

/** The files of a configuration, and what lets go of their source. */
export interface OpenedFiles {
  /** For TFTP: below `[tftpd] root`, after `[filters]`. */
  readonly boot: BootFiles;
  /** For HTTP: below `[httpd] root`. */
  readonly web: FileSource;
  readonly close: () => Promise<void>;
}

/** What sources are made with. */
export interface FilesParts {
  readonly clock: Clock;
  readonly events: EventBus;
  /** The calls of the C library, where there is a way to them. */
  readonly libc: Libc | undefined;
}

/** Opens the sources that a configuration names. @throws {StartError} where the folder for kept files cannot be used */
export async function openFiles({ settings, file }: Config, { clock, events, libc }: FilesParts): Promise<OpenedFiles> {
  const { tftpd, httpd, cache: limits } = settings;
  const cache = new ChunkCache(limits.memory);
  const local = new LocalFiles(cache, libc && new QuickFiles(libc));
  const upstream = new Upstream(tftpd.timeout ?? PATIENCE_SECONDS);
  const disk = limits.disk === undefined ? undefined : await openDisk(limits.disk, limits.disk_size, events);
  const sourceOf = (root: Root): FileSource =>
    root.kind === "folder"
      ? new FolderSource(root.path, local)
      : new UrlSource(root.url, { upstream, cache, clock, disk });
  const filters = settings.filters.map(({ key, value }) => makeFilter(key, value));
  const folders = { configuration: dirname(file), package: packageFolder };
  return {
    boot: new BootFiles(sourceOf(tftpd.root), filters, folders, local),
    web: sourceOf(httpd.root),
    close: () => upstream.close(),
  };
}

async function openDisk(folder: string, capacity: number, events: EventBus): Promise<DiskCache> {
  try {
    return await DiskCache.open(folder, capacity, (error) => {
      events.publish({ kind: "failed", where: `keeping a file in ${folder}`, error });
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`[cache] disk: the folder ${folder} cannot be used: ${why}`);
  }
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
