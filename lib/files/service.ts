import { dirname } from "node:path";
import type { Transaction } from "../common/transaction.js";
import type { EventBus } from "../events/event.js";
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

/** How long starting may wait for a mirror to tell the sizes of the boot files. */
const SIZES_MILLISECONDS = 250;

/** How long a mirror may keep silent when `timeout` is not set. */
const PATIENCE_SECONDS = 10;

/** What of a configuration says which files clients may have. */
export interface FilesConfig {
  /** The path of the configuration file. */
  readonly file: string;
  readonly services: { readonly tftp: boolean; readonly http: boolean };
  readonly settings: FileSections & {
    readonly tftpd: { readonly root: Root; readonly timeout: number | undefined };
    readonly httpd: { readonly root: Root };
  };
}

/** The names of boot files that a configuration knows beforehand. */
export interface BootFileNames {
  readonly settings: {
    readonly bootpd: { readonly boot_file: string | undefined };
    readonly bootfile: readonly TableEntry<number | "default", string>[];
  };
}

/** The files that clients may have. */
export interface OpenedFiles {
  /** For TFTP: below `[tftpd] root`, after `[filters]`. */
  readonly boot: BootFiles;
  /** For HTTP: below `[httpd] root`, then as for TFTP where that runs; after `[filters]`. */
  readonly web: BootFiles;
}

/** What sources are made with. */
export interface FilesParts {
  readonly clock: Clock;
  readonly events: EventBus;
  /** The calls of the C library, where there is a way to them. */
  readonly libc: Libc | undefined;
  readonly privileges: Privileges;
}

/** The sources that a configuration names. What one configuration has in common with the next stays as it is. */
export class FileSources {
  readonly #parts: FilesParts;
  readonly #cache = new ChunkCache(0);
  readonly #local: LocalFiles;
  readonly #upstream: Upstream;
  /** By folder: those of former configurations too, where files may still be written. */
  readonly #disks = new Map<string, DiskCache>();
  /** By URL and folder for kept files. */
  #remote: ReadonlyMap<string, UrlSource> = new Map();
  /** The mirrors, by scheme, host and port, that were asked whether they are there. */
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
   * Makes ready the files of a configuration, which can be opened at once.
   *
   * @param own what is never served: the configuration, what it names for the daemon, and what the daemon keeps
   * @throws {StartError} where the folder for kept files cannot be used
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
    // Looked at while we may look everywhere.
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

  /** The files below a folder of this host, of which some may be links to anywhere. */
  folder(path: string, linked: ReadonlySet<string>): FileSource {
    return new FolderSource(path, this.#local, linked);
  }

  /** Ends all connections to mirrors. */
  stop(): Promise<void> {
    return this.#upstream.close();
  }

  /** Asks each mirror once whether it is there, so that the log tells before a machine asks. Nothing waits for that. */
  #tryMirrors(config: FilesConfig): void {
    for (const url of mirrorsOf(config)) {
      if (this.#tried.has(url.origin)) continue;
      this.#tried.add(url.origin);
      // What comes of it is told by who watches all requests.
      this.#upstream.head(url).catch(() => undefined);
    }
  }

  #openUrl(url: URL, disk: DiskCache | undefined): UrlSource {
    return new UrlSource(url, { upstream: this.#upstream, cache: this.#cache, clock: this.#parts.clock, disk });
  }

  /** A folder that is in use already is not opened again: that would remove what is being written there. */
  async #openDisk(folder: string, capacity: number): Promise<DiskCache> {
    const { privileges, events } = this.#parts;
    const open = (): Promise<DiskCache> => privileges.asUser(() => openDisk(folder, capacity, events));
    const disk = this.#disks.get(folder) ?? (await open());
    this.#disks.set(folder, disk);
    return disk;
  }
}

/**
 * The files of a configuration.
 *
 * @param sourceOf what is below a root
 * @param local opens what filters name on this host
 */
export function bootFilesOf(
  { settings, services, file }: FilesConfig,
  sourceOf: (root: Root) => FileSource,
  local: LocalFiles,
): OpenedFiles {
  const { tftpd, httpd } = settings;
  const filters = settings.filters.map(({ key, value }) => makeFilter(key, value));
  const folders = { configuration: dirname(file), package: packageFolder, remote: sitesOf(filters, sourceOf) };
  const booted = sourceOf(tftpd.root);
  // A boot file that is named for TFTP is found by HTTP too, at the URL that is made of its name.
  const served = services.tftp ? firstOf(sourceOf(httpd.root), booted) : sourceOf(httpd.root);
  return {
    boot: new BootFiles(booted, filters, folders, local),
    web: new BootFiles(served, filters, folders, local),
  };
}

/** The sources behind the URLs of filters. */
function sitesOf(filters: readonly Filter[], sourceOf: (root: Root) => FileSource): ReadonlyMap<string, FileSource> {
  return new Map(siteUrls(filters).map(({ site, url }) => [site, sourceOf({ kind: "url", url })]));
}

/** Below which URLs the targets of filters are. */
function siteUrls(filters: readonly Filter[]): readonly { readonly site: string; readonly url: URL }[] {
  return filters.flatMap(({ target }) => {
    const site = remotePart(target, fixedLength(target));
    return site === undefined || !URL.canParse(site) ? [] : [{ site, url: new URL(site) }];
  });
}

/** The URLs below which the services that run have files. */
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
 * Looks up the sizes of the boot files, for option 13. A mirror that takes its time is not waited for: its sizes are
 * known a little later.
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
