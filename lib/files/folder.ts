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

/** How many files are remembered between one reader and the next. */
const MOST_FILES = 1024;

/** One version of a file, as it was found at a path. */
interface Found {
  readonly shared: SharedFile;
  readonly version: string;
}

/** Opens files of this host, each version once for all who read it. */
export class LocalFiles {
  readonly #cache: ChunkCache;
  readonly #quick: QuickFiles | undefined;
  /** By path as it was asked, and who confines it; least recently used first. */
  readonly #files = new Map<string, Found>();
  /** Paths that are being looked at: who asks meanwhile shares the answer. */
  readonly #looking = new Map<string, Promise<Found>>();
  /** Folders without their links, as they were last resolved. */
  readonly #folders = new Map<string, string>();
  #withheld = new PrivateFiles([]);

  /** @param quick what is tried before Node's threads, where the system has it */
  constructor(cache: ChunkCache, quick?: QuickFiles) {
    this.#cache = cache;
    this.#quick = quick;
  }

  /** From now on these are not opened. */
  withhold(files: PrivateFiles): void {
    this.#withheld = files;
    this.#files.clear();
  }

  /**
   * @param path absolute
   * @param folder whose files it has to be one of, when its links are followed; undefined for a path that is trusted
   * @param isNamed whether the operator has named the file itself, so that its mode does not matter
   * @throws {FileError} where there is none, it leads out of the folder, it is no regular file, or it is withheld
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
      // The same file in the same state is the one that was confined and not withheld before, whatever links lead there.
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

  /** @returns the real path. @throws {FileError} where it is not below the folder */
  async #confined(path: string, folder: string | undefined, real: string): Promise<string> {
    if (folder === undefined || isBelow(this.#folders.get(folder), real)) return real;
    // The folder was not resolved before, or it is another one now.
    const resolved = await translated(folder, () => realpath(folder));
    remember(this.#folders, folder, resolved, MOST_FILES);
    if (isBelow(resolved, real)) return real;
    throw new FileError("forbidden", `${path} leads out of ${folder}`);
  }

  #remember(key: string, found: Found): Found {
    remember(this.#files, key, found, MOST_FILES);
    return found;
  }
}

/** Serves the files below a folder, and nothing else: what a symbolic link leads out of it is refused. */
export class FolderSource implements FileSource {
  readonly #folder: string;
  readonly #files: LocalFiles;
  readonly #linked: ReadonlySet<string>;
  readonly #isNamed: boolean;

  /**
   * @param folder an absolute path
   * @param linked names that the program itself knows, which may be links to anywhere
   * @param isNamed whether the operator has named the files themselves, so that their mode does not matter
   */
  constructor(folder: string, files: LocalFiles, linked: ReadonlySet<string> = new Set(), isNamed = false) {
    this.#folder = folder;
    this.#files = files;
    this.#linked = linked;
    this.#isNamed = isNamed;
  }

  /** A name that is not there as it is asked is looked for in any case: Windows and old firmware ask in their own. */
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

/** @returns the name as it is below the folder; undefined where there is none, or more than one that differ in case */
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
