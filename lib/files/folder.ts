import { readdir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { remember } from "../common/remember.js";
import type { ChunkCache } from "./chunk-cache.js";
import { LocalContent, versionOf } from "./local-content.js";
import { PrivateFiles } from "./private-files.js";
import type { QuickFiles } from "./quick-files.js";
import { RegularFile, statusOf, translated } from "./regular-file.js";
import { SharedFile } from "./shared-file.js";
import { FileError, type FileSource, type OpenFile } from "./source.js";

/** Most files that are remembered between readers. */
const MOST_FILES = 1024;

/** A version of a file that was found at a path. */
interface Found {
  readonly shared: SharedFile;
  readonly version: string;
}

/** Opens files of this host; all readers of a version share it. */
export class LocalFiles {
  readonly #cache: ChunkCache;
  readonly #quick: QuickFiles | undefined;
  /** By the requested path and its confinement; least recently used first. */
  readonly #files = new Map<string, Found>();
  /** Lookups in progress; concurrent callers share the result. */
  readonly #looking = new Map<string, Promise<Found>>();
  /** Folders with their symbolic links resolved, as of the last lookup. */
  readonly #folders = new Map<string, string>();
  #withheld = new PrivateFiles([]);

  /** @param quick used before Node.js's threads, where the system supports it */
  constructor(cache: ChunkCache, quick?: QuickFiles) {
    this.#cache = cache;
    this.#quick = quick;
  }

  /** Refuses these files from now on. */
  withhold(files: PrivateFiles): void {
    this.#withheld = files;
    this.#files.clear();
  }

  /**
   * Opens a file.
   *
   * @param path an absolute path
   * @param folder the folder that the file has to be in once symbolic links are resolved; undefined for a trusted path
   * @param isNamed whether the operator named the file itself, so that its mode does not matter
   * @throws {FileError} where there is none, it is outside the folder, it is not a regular file, or it is withheld
   */
  async open(path: string, folder: string | undefined, isNamed = folder === undefined): Promise<OpenFile> {
    const key = `${isNamed ? "named" : ""}\0${folder ?? ""}\0${path}`;
    let looking = this.#looking.get(key);
    if (looking === undefined) {
      looking = this.#look(key, path, folder, isNamed).finally(() => {
        this.#looking.delete(key);
      });
      this.#looking.set(key, looking);
    }
    return (await looking).shared.open();
  }

  async #look(key: string, path: string, folder: string | undefined, isNamed: boolean): Promise<Found> {
    const known = this.#files.get(key);
    if (known !== undefined) {
      const version = versionOf(await statusOf(path, this.#quick));
      // An unchanged file passed the checks before, whatever links lead to it.
      if (version === known.version) return this.#remember(key, known);
    }
    const file = await RegularFile.open(path, this.#quick);
    try {
      const real = await this.#confined(path, folder, await file.realPath());
      this.#withheld.check(file.status, real, isNamed);
      const content = new LocalContent(real, file);
      return this.#remember(key, { shared: new SharedFile(content, this.#cache), version: content.version });
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Checks that a file is in the folder. @returns its real path. @throws {FileError} where it is outside */
  async #confined(path: string, folder: string | undefined, real: string): Promise<string> {
    if (folder === undefined || isBelow(this.#folders.get(folder), real)) return real;
    // The folder was not resolved before, or has changed.
    const resolved = await translated(folder, () => realpath(folder));
    remember(this.#folders, folder, resolved, MOST_FILES);
    if (isBelow(resolved, real)) return real;
    throw new FileError({ code: "outside-folder", path, folder });
  }

  #remember(key: string, found: Found): Found {
    remember(this.#files, key, found, MOST_FILES);
    return found;
  }
}

/** Serves the files below a folder and nothing else: symbolic links that lead out of it are refused. */
export class FolderSource implements FileSource {
  readonly #folder: string;
  readonly #files: LocalFiles;
  readonly #linked: ReadonlySet<string>;
  readonly #isNamed: boolean;

  /**
   * @param folder an absolute path
   * @param linked names that the program itself uses, which may be symbolic links that lead out of the folder
   * @param isNamed whether the operator named the files themselves, so that their mode does not matter
   */
  constructor(folder: string, files: LocalFiles, linked: ReadonlySet<string> = new Set(), isNamed = false) {
    this.#folder = folder;
    this.#files = files;
    this.#linked = linked;
    this.#isNamed = isNamed;
  }

  /**
   * Opens a file. A name that does not exist as requested is looked up without regard to case: Windows and old firmware
   * change the case.
   */
  async open(name: string): Promise<OpenFile> {
    try {
      const isLinked = this.#linked.has(name);
      const folder = isLinked ? undefined : this.#folder;
      return await this.#files.open(join(this.#folder, name), folder, this.#isNamed || isLinked);
    } catch (error) {
      if (!(error instanceof FileError) || error.kind !== "not-found") throw error;
      const found = await findInAnyCase(this.#folder, name);
      if (found === undefined) throw error;
      return this.#files.open(join(this.#folder, found), this.#folder, this.#isNamed);
    }
  }
}

function isBelow(folder: string | undefined, path: string): boolean {
  return folder !== undefined && path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * Finds a file without regard to case.
 *
 * @returns its name below the folder; undefined where there is none, or more than one
 */
async function findInAnyCase(folder: string, name: string): Promise<string | undefined> {
  const found: string[] = [];
  for (const step of name.split("/")) {
    const entries = await readdir(join(folder, ...found)).catch((): string[] => []);
    const alike = entries.filter((entry) => entry.toLowerCase() === step.toLowerCase());
    const [match] = entries.includes(step) ? [step] : alike.length === 1 ? alike : [];
    if (match === undefined) return undefined;
    found.push(match);
  }
  return found.join("/");
}
