import { realpathSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { FileError } from "./source.js";

/** A file of the daemon's own, or a folder that it keeps files in. */
export interface OwnPath {
  /** What it is, for the log: `the configuration`, `[httpd] key`. */
  readonly what: string;
  /** Absolute; there may be nothing there yet. */
  readonly path: string;
  /** Of a folder: which of its entries are the daemon's. Undefined for a file. */
  readonly entries?: RegExp;
}

type Identity = Pick<Stats, "dev" | "ino">;

interface Known extends OwnPath {
  /** The path without symbolic links. */
  readonly real: string;
  /** What was there when it could last be asked. */
  identity: Identity | undefined;
  /** Whether it may not be asked any more, since root was given up. */
  hidden: boolean;
}

/** The permission of everybody else to read a file (stat.h: S_IROTH). */
const READABLE_BY_OTHERS = 0o004;

/**
 * Tells which files of this host are nobody's boot files: the configuration, what it names and what the daemon keeps,
 * whatever name leads there; and files whose mode keeps others out.
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
   * @param status of a file that is open
   * @param real its path without symbolic links
   * @param isNamed whether the operator has named the file itself, so that its mode does not matter
   * @throws {FileError} where it is not to be served
   */
  check(status: Stats, real: string, isNamed: boolean): void {
    const own = this.find(status, real);
    if (own !== undefined) throw new FileError("forbidden", `${real} is not served: it is ${own.what}`);
    if (isNamed || !isClosed(status)) return;
    const mode = `0${(status.mode & 0o777).toString(8)}`;
    throw new FileError(
      "forbidden",
      `${real} is not served: its mode ${mode} keeps others out (chmod o+r lets them in)`,
    );
  }

  /** Which of the daemon's files one is; undefined where it is none. */
  find({ dev, ino }: Identity, real: string): OwnPath | undefined {
    return (
      this.findByPath(real) ??
      this.#own.find((own) => {
        const now = identityNow(own);
        return now?.ino === ino && now.dev === dev;
      })
    );
  }

  /** The same for a path without symbolic links alone, of a file or a folder. */
  findByPath(real: string): OwnPath | undefined {
    return this.#own.find((own) => (own.entries === undefined ? isCopy(own.real, real) : isEntry(own, real)));
  }
}

/** Whether a file's mode keeps others from reading it. */
export function isClosed({ mode }: Stats): boolean {
  return (mode & READABLE_BY_OTHERS) === 0;
}

/** Asked each time: an editor puts another file in the place of the one that it has read. */
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
 * Whether a path is a file's, or of a copy that an editor, a package manager or log rotation has put beside it: `hosts.yaml~`,
 * `.hosts.yaml.swp`, `hosts.yaml.dpkg-old`. A name without an extension may begin other names too.
 */
function isCopy(own: string, path: string): boolean {
  if (own === path) return true;
  if (dirname(own) !== dirname(path)) return false;
  const name = basename(own);
  const rest = basename(path).replace(/^[.#]+/, "");
  if (!rest.startsWith(name)) return false;
  const next = rest.slice(name.length, name.length + 1);
  // The system says " (deleted)" of a file that has lost its name since it was opened.
  return (name.includes(".") ? "~# .-" : "~# ").includes(next);
}

function isEntry({ real, entries }: Known, path: string): boolean {
  const folder = real.endsWith(sep) ? real : real + sep;
  if (entries === undefined || !path.startsWith(folder)) return false;
  const [first = ""] = path.slice(folder.length).split(sep);
  return entries.test(first);
}

/** The path without symbolic links, as far as it is there. */
function realPathOf(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync.native(absolute);
  } catch {
    const folder = dirname(absolute);
    return folder === absolute ? absolute : join(realPathOf(folder), basename(absolute));
  }
}
