import { realpathSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { FileError } from "./source.js";

/** A file of the daemon, or a folder that it keeps files in. */
export interface OwnPath {
  /** Description for the log: `the configuration`, `[httpd] key`. */
  readonly what: string;
  /** An absolute path; the file may not exist yet. */
  readonly path: string;
  /** For a folder, the names of the entries that belong to the daemon; undefined for a file. */
  readonly entries?: RegExp;
}

type Identity = Pick<Stats, "dev" | "ino">;

interface Known extends OwnPath {
  /** The path with symbolic links resolved. */
  readonly real: string;
  /** Device and inode at the last successful lookup. */
  identity: Identity | undefined;
  /** Whether the process can no longer look it up, since it gave up root. */
  hidden: boolean;
}

/** The permission of all other users to read a file (stat.h: S_IROTH). */
const READABLE_BY_OTHERS = 0o004;

/**
 * The files of this host that are never served: the configuration, the files that it names and the daemon's data, by
 * whatever name they are reached; and files that other users may not read.
 */
export class PrivateFiles {
  readonly #own: readonly Known[];

  constructor(own: readonly OwnPath[]) {
    this.#own = own.map((each) => ({
      ...each,
      real: realPathOf(each.path),
      identity: each.entries === undefined ? identityOf(each.path) : undefined,
      hidden: false,
    }));
  }

  /**
   * Checks that a file may be served.
   *
   * @param status status of the open file
   * @param real its path with symbolic links resolved
   * @param isNamed whether the operator named the file itself, so that its mode does not matter
   * @throws {FileError} where it must not be served
   */
  check(status: Stats, real: string, isNamed: boolean): void {
    const own = this.find(status, real);
    if (own !== undefined) throw new FileError({ code: "file-private", path: real, what: own.what });
    if (isNamed || !isClosed(status)) return;
    const mode = `0${(status.mode & 0o777).toString(8)}`;
    throw new FileError({ code: "file-closed", path: real, mode });
  }

  /** Returns the entry that a file belongs to; undefined where it is not the daemon's. */
  find({ dev, ino }: Identity, real: string): OwnPath | undefined {
    return (
      this.findByPath(real) ??
      this.#own.find((own) => {
        const now = identityNow(own);
        return now?.ino === ino && now.dev === dev;
      })
    );
  }

  /** Returns the entry that a path belongs to, of a file or folder; its symbolic links have to be resolved. */
  findByPath(real: string): OwnPath | undefined {
    return this.#own.find((own) => (own.entries === undefined ? isCopy(own.real, real) : isEntry(own, real)));
  }
}

/** Whether the mode denies other users to read a file. */
export function isClosed({ mode }: Stats): boolean {
  return (mode & READABLE_BY_OTHERS) === 0;
}

/** Returns the current identity. Looks it up each time: an editor replaces the file that it saves. */
function identityNow(own: Known): Identity | undefined {
  if (own.entries !== undefined || own.hidden) return own.identity;
  try {
    own.identity = statSync(own.path, { throwIfNoEntry: false });
  } catch {
    own.hidden = true;
  }
  return own.identity;
}

function identityOf(path: string): Identity | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * Whether a path is that of a file, or of a copy that an editor, a package manager or log rotation left beside it:
 * `hosts.yaml~`, `.hosts.yaml.swp`, `hosts.yaml.dpkg-old`. A name without an extension may be the prefix of unrelated
 * names.
 */
function isCopy(own: string, path: string): boolean {
  if (own === path) return true;
  if (dirname(own) !== dirname(path)) return false;
  const name = basename(own);
  const rest = basename(path).replace(/^[.#]+/, "");
  if (!rest.startsWith(name)) return false;
  const next = rest.slice(name.length, name.length + 1);
  // Linux appends " (deleted)" to the path of an open file that was unlinked.
  return (name.includes(".") ? "~# .-" : "~# ").includes(next);
}

function isEntry({ real, entries }: Known, path: string): boolean {
  const folder = real.endsWith(sep) ? real : real + sep;
  if (entries === undefined || !path.startsWith(folder)) return false;
  const [first = ""] = path.slice(folder.length).split(sep);
  return entries.test(first);
}

/** Resolves the symbolic links in the existing part of a path. */
function realPathOf(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync.native(absolute);
  } catch {
    const folder = dirname(absolute);
    return folder === absolute ? absolute : join(realPathOf(folder), basename(absolute));
  }
}
