import { dirname } from "node:path";
import type { Transaction } from "../common/transaction.js";
import type { EventBus } from "../events/event.js";
import type { SettingOrigins } from "../config/origin.js";
import type { TableEntry } from "../config/spec.js";
import type { FileSections } from "./sections.js";
import type { Root } from "../config/values.js";
import { BootFiles } from "./boot-files.js";
import { fixedLength, makeFilter, remotePart, type Filter } from "./filters.js";
import { ChunkCache } from "./chunk-cache.js";
import { DiskCache } from "./disk-cache.js";
import { firstOf } from "./first-of.js";
import { FolderSource, LocalFiles } from "./folder.js";
import { KnownSizes } from "./known-sizes.js";
import type { RequestedFiles } from "./request-facts.js";
import type { FileSource } from "./source.js";
import { PrivateFiles, type OwnPath } from "./private-files.js";
import { Reachability } from "./reachability.js";
import { Upstream } from "./upstream.js";
import { QuickFiles } from "./quick-files.js";
import { UrlSource } from "./url.js";
import type { Clock } from "../common/clock.js";
import type { Libc } from "../os/libc.js";
import { packageFolder } from "../common/package.js";
import type { Privileges } from "../os/privileges.js";
import { StartError } from "../os/start-error.js";

/** Longest wait at start for a mirror to report the sizes of the boot files. */
const SIZES_MILLISECONDS = 250;

/** Seconds that a mirror may be silent when `timeout` is not set. */
const PATIENCE_SECONDS = 10;

/** The part of the configuration that determines the files clients may read. */
export interface FilesConfig {
  /** The path of the configuration file. */
  readonly file: string;
  /** Says where the lines of the file are. */
  readonly origins: Pick<SettingOrigins<never>, "at">;
  readonly services: { readonly tftp: boolean; readonly http: boolean };
  readonly settings: FileSections & {
    readonly tftpd: { readonly root: Root; readonly timeout: number | undefined };
    readonly httpd: { readonly root: Root };
  };
}

/** The names of boot files that the configuration contains. */
export interface BootFileNames {
  readonly settings: {
    readonly bootpd: { readonly boot_file: string | undefined };
    readonly bootfile: readonly TableEntry<number | "default", string>[];
  };
}

/** The files that clients may read. */
export interface OpenedFiles {
  /** For TFTP: below `[tftpd] root`, after `[filters]`. */
  readonly boot: BootFiles;
  /** For HTTP: below `[httpd] root`, then as for TFTP where that runs; after `[filters]`. */
  readonly web: BootFiles;
}

/** The dependencies of file sources. */
export interface FilesParts {
  readonly clock: Clock;
  readonly events: EventBus;
  /** The functions of the C library, where they can be called. */
  readonly libc: Libc | undefined;
  readonly privileges: Privileges;
}

/** The file sources of the configuration. Sources that the next configuration also names are reused. */
export class FileSources {
  readonly #parts: FilesParts;
  readonly #cache = new ChunkCache(0);
  readonly #local: LocalFiles;
  readonly #upstream: Upstream;
  /** By folder, including those of earlier configurations, which may still be written to. */
  readonly #disks = new Map<string, DiskCache>();
  /** By URL and cache folder. */
  #remote: ReadonlyMap<string, UrlSource> = new Map();
  /** Origins of the mirrors whose reachability was checked. */
  readonly #tried = new Set<string>();

  constructor(parts: FilesParts) {
    this.#parts = parts;
    const reachability = new Reachability(parts.clock, (notice) => {
      parts.events.publish(notice);
    });
    this.#upstream = new Upstream(PATIENCE_SECONDS, reachability);
    this.#local = new LocalFiles(this.#cache, parts.libc && new QuickFiles(parts.libc));
  }

  /**
   * Prepares the files of a configuration; they can be opened at once.
   *
   * @param own files that are never served: the configuration, the files that it names for the daemon, and the daemon's
   * data
   * @throws {StartError} where the cache folder cannot be used
   */
  async prepare(config: FilesConfig, own: readonly OwnPath[]): Promise<OpenedFiles & Transaction> {
    const { tftpd, cache: limits } = config.settings;
    const disk = limits.disk === undefined ? undefined : await this.#openDisk(limits.disk, limits.disk_size);
    const remote = new Map<string, UrlSource>();
    const sourceOf = (root: Root): FileSource => {
      if (root.kind === "folder") return new FolderSource(root.path, this.#local);
      const key = `${root.url.href} ${limits.disk ?? ""}`;
      const source = remote.get(key) ?? this.#remote.get(key) ?? this.#openUrl(root.url, disk);
      remote.set(key, source);
      return source;
    };
    // PrivateFiles examines its paths now, while the process still may read all of them.
    const withheld = new PrivateFiles(own);
    return {
      ...bootFilesOf(config, sourceOf, this.#local),
      commit: () => {
        this.#remote = remote;
        this.#local.withhold(withheld);
        this.#cache.resize(limits.memory);
        disk?.resize(limits.disk_size);
        this.#upstream.setPatience(tftpd.timeout ?? PATIENCE_SECONDS);
        this.#tryMirrors(config);
      },
      rollback: () => undefined,
    };
  }

  /**
   * Returns the files below a folder of this host; those named in `linked` may be symbolic links that lead out of it.
   */
  folder(path: string, linked: ReadonlySet<string>): FileSource {
    return new FolderSource(path, this.#local, linked);
  }

  /** Closes all connections to mirrors. */
  stop(): Promise<void> {
    return this.#upstream.close();
  }

  /**
   * Checks each mirror once, so that the log reports an unreachable one before a client needs it. Nothing waits for it.
   */
  #tryMirrors(config: FilesConfig): void {
    for (const url of mirrorsOf(config)) {
      if (this.#tried.has(url.origin)) continue;
      this.#tried.add(url.origin);
      // Reachability reports the result.
      this.#upstream.head(url).catch(() => undefined);
    }
  }

  #openUrl(url: URL, disk: DiskCache | undefined): UrlSource {
    return new UrlSource(url, { upstream: this.#upstream, cache: this.#cache, clock: this.#parts.clock, disk });
  }

  /**
   * Opens a cache folder. One that is already in use is not opened again: that would remove files that are being
   * written.
   */
  async #openDisk(folder: string, capacity: number): Promise<DiskCache> {
    const { privileges, events } = this.#parts;
    const open = (): Promise<DiskCache> => privileges.asUser(() => openDisk(folder, capacity, events));
    const disk = this.#disks.get(folder) ?? (await open());
    this.#disks.set(folder, disk);
    return disk;
  }
}

/**
 * Builds the files of a configuration.
 *
 * @param sourceOf returns the source for a root
 * @param local opens the local targets of filters
 */
export function bootFilesOf(
  { settings, services, file, origins }: FilesConfig,
  sourceOf: (root: Root) => FileSource,
  local: LocalFiles,
): OpenedFiles {
  const { tftpd, httpd } = settings;
  const filters = settings.filters.map(({ key, value, line }) =>
    makeFilter(key, value, origins.at(line, "filters", key)),
  );
  const folders = { configuration: dirname(file), package: packageFolder, remote: sitesOf(filters, sourceOf) };
  const booted = sourceOf(tftpd.root);
  // A boot file that is named for TFTP is found by HTTP too, at the URL that is built from its name.
  const served = services.tftp ? firstOf(sourceOf(httpd.root), booted) : sourceOf(httpd.root);
  return {
    boot: new BootFiles(booted, filters, folders, local),
    web: new BootFiles(served, filters, folders, local),
  };
}

/** Returns the sources for the URLs of filters. */
function sitesOf(filters: readonly Filter[], sourceOf: (root: Root) => FileSource): ReadonlyMap<string, FileSource> {
  return new Map(siteUrls(filters).map(({ site, url }) => [site, sourceOf({ kind: "url", url })]));
}

/** Returns the URLs below which the targets of filters are. */
function siteUrls(filters: readonly Filter[]): readonly { readonly site: string; readonly url: URL }[] {
  return filters.flatMap(({ target }) => {
    const site = remotePart(target, fixedLength(target));
    return site === undefined || !URL.canParse(site) ? [] : [{ site, url: new URL(site) }];
  });
}

/** Returns the URLs of the mirrors that the enabled services use. */
function mirrorsOf({ settings, services }: FilesConfig): readonly URL[] {
  const { tftpd, httpd, filters } = settings;
  const roots = [...(services.tftp ? [tftpd.root] : []), ...(services.http ? [httpd.root] : [])];
  if (roots.length === 0) return [];
  const sites = siteUrls(filters.map(({ key, value }) => makeFilter(key, value)));
  return [...roots.flatMap((root) => (root.kind === "url" ? [root.url] : [])), ...sites.map(({ url }) => url)];
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
 * Looks up the sizes of the boot files, for option 13. Does not wait long for a slow mirror: its sizes become known a
 * little later.
 */
export async function learnSizes(
  { settings }: BootFileNames,
  files: RequestedFiles,
  clock: Clock,
): Promise<KnownSizes> {
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
