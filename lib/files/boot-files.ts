import { resolve } from "node:path";
import { fillTemplate, hasWildcards } from "./template.js";
import { isAnchored } from "../config/values.js";
import { FilterList, fixedLength, remotePart, type Filter } from "./filters.js";
import { FolderSource, type LocalFiles } from "./folder.js";
import { normaliseName } from "./names.js";
import type { RequestFacts } from "./request-facts.js";
import { FileError, readStart, type FileSource, type OpenFile } from "./source.js";

/** The folders that the targets of filters are relative to. */
export interface FilterFolders {
  /** The folder of the configuration file. */
  readonly configuration: string;
  /** The folder of this package, for `pybootd/etc/pxe.cfg` as in PyBootd's samples. */
  readonly package: string;
  /** The sources for the URLs of filters, by the part of the URL before its first variable. */
  readonly remote?: ReadonlyMap<string, FileSource>;
}

/** The prefix of paths of shipped files in PyBootd's samples. */
const SHIPPED = "pybootd/";

/** A variable whose value the client can choose: the folder before it has to be treated like a root. */
const CLIENTS_WORD = /\{(?!(?:mac|ip|uuid|arch)\})/;

/** Longest name in a file that names another: the name is one line. */
const LONGEST_NAME = 1024;

/** The files that clients may read: those below the root, after the filters. */
export class BootFiles {
  readonly #root: FileSource;
  readonly #filters: FilterList;
  readonly #folders: FilterFolders;
  readonly #local: LocalFiles;

  /** @param local opens the local targets of filters */
  constructor(root: FileSource, filters: readonly Filter[], folders: FilterFolders, local: LocalFiles) {
    this.#root = root;
    this.#local = local;
    this.#filters = new FilterList(filters);
    this.#folders = folders;
  }

  /**
   * Opens the file that a client gets for a name.
   *
   * @param asked the name as the client sent it
   * @throws {FileError} where it gets none
   */
  async open(asked: string, facts: RequestFacts): Promise<OpenFile> {
    const name = normaliseName(asked);
    if (name === undefined) throw new FileError({ code: "outside-root", asked: "name" });
    const found = this.#filters.find(name);
    if (found === undefined) return this.#root.open(name);
    const { filter, wildcards } = found;
    const numbered = Object.fromEntries(wildcards.map((text, index) => [`${index + 1}`, text]));
    const filled = fillTemplate(filter.target, { ...facts, ...numbered, filename: name });
    if ("missing" in filled) {
      throw new FileError({ code: "variable-unknown", filter: filter.pattern, variable: filled.missing });
    }
    const file = await this.#openTarget(filter.target, filled.text);
    return filter.indirect ? this.#follow(file) : file;
  }

  /** Returns the filter that decides what a client gets for a name, if any. */
  filterFor(asked: string): Filter | undefined {
    const name = normaliseName(asked);
    return name === undefined ? undefined : this.#filters.find(name)?.filter;
  }

  /**
   * Opens the target of a filter.
   *
   * @param template the target with its variables
   * @param path the target with its variables replaced
   */
  async #openTarget(template: string, path: string): Promise<OpenFile> {
    // Length of the part of the path before the first variable; undefined for all of it.
    const fixed = fixedLength(template);
    // Whether the operator named the file itself, if only by the machine that it is for.
    const isNamed = !CLIENTS_WORD.test(template);
    // Without a folder from the operator, a client could choose among the files beside the configuration.
    if (fixed === 0 && hasWildcards(template)) return this.#root.open(confined(path));
    const site = remotePart(path, fixed);
    if (site !== undefined) return this.#openRemote(site, path);
    const inConfiguration = await orAbsent(this.#openBelow(this.#folders.configuration, path, fixed, isNamed));
    if (inConfiguration !== undefined) return inConfiguration;
    if (isAnchored(path.slice(0, fixed))) throw new FileError({ code: "file-missing", path });
    if (path.startsWith(SHIPPED) && fixed === undefined) {
      const inPackage = path.slice(SHIPPED.length);
      const shipped = await orAbsent(this.#openBelow(this.#folders.package, inPackage, fixed, isNamed));
      if (shipped !== undefined) return shipped;
    }
    return this.#root.open(confined(path));
  }

  #openRemote(site: string, url: string): Promise<OpenFile> {
    const source = this.#folders.remote?.get(site);
    if (source === undefined) throw new FileError({ code: "file-missing", path: url });
    return source.open(confined(url.slice(site.length)));
  }

  /** Opens a path relative to `folder`; the part that comes from variables has to stay below the fixed part. */
  async #openBelow(folder: string, path: string, fixed: number | undefined, isNamed: boolean): Promise<OpenFile> {
    if (fixed === undefined) return this.#local.open(resolve(folder, path), undefined);
    const below = new FolderSource(resolve(folder, path.slice(0, fixed)), this.#local, new Set(), isNamed);
    return below.open(confined(path.slice(fixed)));
  }

  async #follow(file: OpenFile): Promise<OpenFile> {
    try {
      const text = (await readStart(file, LONGEST_NAME)).toString("utf8");
      const name = normaliseName((/^\s*(.*)/.exec(text)?.[1] ?? "").trim());
      if (name === undefined) throw new FileError({ code: "names-no-file", origin: file.origin });
      return await this.#root.open(name);
    } finally {
      file.close();
    }
  }
}

function confined(path: string): string {
  const name = normaliseName(path);
  if (name === undefined) throw new FileError({ code: "outside-folder", path, folder: undefined });
  return name;
}

async function orAbsent(opening: Promise<OpenFile>): Promise<OpenFile | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof FileError && error.kind === "not-found") return undefined;
    throw error;
  }
}
