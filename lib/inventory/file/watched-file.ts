import { watch, type BigIntStats, type FSWatcher } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../common/clock.js";
import { asError } from "../../common/error.js";

/** A listener for changes of a file. */
export interface FileListener {
  /** Takes the content of the changed file. Changes meanwhile are reported afterwards. */
  onContent(text: string): void | Promise<void>;
  /** Takes the reason why the file can no longer be read. */
  onTrouble(reason: string): void;
}

/** Time that a file must stay unchanged before it is read: an editor may still be writing. */
const SETTLED_MILLISECONDS = 100;

/** Interval of polls, for file systems that report no changes. */
const POLL_MILLISECONDS = 5000;

/** Largest file to read, in octets. */
const LARGEST_FILE = 64 * 1024 * 1024;

/**
 * Follows a text file. Editors write into it or replace it, and a configuration mounted by Kubernetes is a link that
 * gets another target. So every change leads to a new look at the path, and both the folder of the path and that of its
 * target are watched.
 */
export class WatchedFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #watchers = new Map<string, FSWatcher>();
  #listener: FileListener | undefined;
  /** The version that was last read or reported as unreadable, and the one that was last seen. */
  #told: string | undefined;
  #seen: string | undefined;
  #cancelSoon: (() => void) | undefined;
  #cancelPoll: (() => void) | undefined;
  #looking = false;
  #again = false;

  /** @param path absolute */
  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** Reads the file. @throws the system's error, or one that tells what is wrong with the file */
  async read(): Promise<string> {
    const { version, text } = await readWhole(this.#path);
    this.#told = version;
    return text;
  }

  /** Reports every change after the last read. */
  follow(listener: FileListener): void {
    this.#listener = listener;
    this.#poll();
  }

  close(): void {
    this.#listener = undefined;
    this.#cancelSoon?.();
    this.#cancelPoll?.();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #poll(): void {
    void this.#look();
    this.#cancelPoll = this.#clock.after(POLL_MILLISECONDS, () => {
      this.#poll();
    });
  }

  /**
   * Schedules a look. Keeps a pending timer, so that constant writes in the folder cannot postpone the look forever.
   */
  #lookSoon(): void {
    if (this.#listener === undefined) return;
    this.#cancelSoon ??= this.#clock.after(SETTLED_MILLISECONDS, () => {
      this.#cancelSoon = undefined;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#again = this.#looking;
    if (this.#looking) return;
    this.#looking = true;
    await this.#watchFolders();
    const version = await versionAt(this.#path);
    if (version !== this.#told && version === this.#seen) await this.#tell(version);
    else if (version !== this.#told) this.#again = true;
    this.#seen = version;
    this.#looking = false;
    if (this.#again) this.#lookSoon();
  }

  async #tell(version: string): Promise<void> {
    let text: string;
    try {
      const read = await readWhole(this.#path);
      if (read.version !== version || (await versionAt(this.#path)) !== version) {
        this.#again = true;
        return;
      }
      ({ text } = read);
    } catch (error) {
      this.#told = version;
      this.#listener?.onTrouble(asError(error).message);
      return;
    }
    this.#told = version;
    await this.#listener?.onContent(text);
  }

  async #watchFolders(): Promise<void> {
    const target = await realpath(this.#path).catch(() => this.#path);
    const folders = new Set([dirname(this.#path), dirname(target)]);
    if (this.#listener === undefined) return;
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) this.#watch(folder);
  }

  /** Watches a folder. Where the system refuses, only the polls remain. */
  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false });
      this.#watchers.set(folder, watcher);
      watcher.on("change", () => {
        this.#lookSoon();
      });
      watcher.on("error", () => {
        watcher.close();
        this.#watchers.delete(folder);
      });
    } catch {
      this.#watchers.delete(folder);
    }
  }
}

async function readWhole(path: string): Promise<{ readonly version: string; readonly text: string }> {
  // Opening another kind of file, such as a pipe, might block forever.
  if (!(await stat(path)).isFile()) throw new Error(`${path} is not a file`);
  const file = await open(path);
  try {
    const status = await file.stat({ bigint: true });
    if (status.size > LARGEST_FILE) {
      throw new Error(`${path} has ${status.size} octets, and no more than ${LARGEST_FILE} are read`);
    }
    return { version: versionOf(status), text: await file.readFile("utf8") };
  } finally {
    await file.close();
  }
}

async function versionAt(path: string): Promise<string> {
  try {
    return versionOf(await stat(path, { bigint: true }));
  } catch (error) {
    return asError(error).message;
  }
}

function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}
