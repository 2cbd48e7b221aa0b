import { watch, type BigIntStats, type FSWatcher } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../common/clock.js";
import { asError } from "../../common/error.js";

/** Who is told of a file that changed. */
export interface FileListener {
  /** What the file holds now. What changes meanwhile is told afterwards. */
  onContent(text: string): void | Promise<void>;
  /** The file cannot be read any more. */
  onTrouble(reason: string): void;
}

/** How long a file has to be the same before it is read: an editor may still be writing. */
const SETTLED_MILLISECONDS = 100;

/** How often the file is looked at without a sign of a change: some file systems give none. */
const POLL_MILLISECONDS = 5000;

/** Larger files are not read. */
const LARGEST_FILE = 64 * 1024 * 1024;

/**
 * Follows a text file. Editors write into it or put another in its place; a mounted configuration of Kubernetes is a
 * link whose target is another one: whatever changes, the path is looked at anew, in the folder that it is in and in the
 * one that it leads to.
 */
export class WatchedFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #watchers = new Map<string, FSWatcher>();
  #listener: FileListener | undefined;
  /** The version that was read or complained of last, and the one that was seen last. */
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

  /** Reads the file as it is now. @throws the system's error, or one that says what is wrong with the file */
  async read(): Promise<string> {
    const { version, text } = await readWhole(this.#path);
    this.#told = version;
    return text;
  }

  /** Tells of every change since it was last read. */
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

  /** A folder in which others write all the time must not put this off for ever: one wait at a time. */
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

  /** Where the system refuses to watch, looking every few seconds is what remains. */
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
  // Opening something else than a file, a pipe for instance, might wait for ever.
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
