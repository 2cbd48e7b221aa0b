import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir, readFile, rename, rm, stat, utimes, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Remote } from "./download.js";
import type { Validators } from "./source.js";
import { asError } from "../common/error.js";
import { makePrivateFolder } from "../os/private-paths.js";

const INDEX = ".json";
const DATA = ".data";
const PART = ".part";

/** The contents of the index file of a kept file. */
interface Kept {
  readonly url: string;
  readonly size: number;
  readonly etag?: string | undefined;
  readonly modified?: number | undefined;
  /** The name of the data file. */
  readonly data: string;
}

/** A complete version of a file in the cache. */
export interface KeptFile {
  readonly path: string;
  readonly size: number;
  readonly validators: Validators;
}

/** Receives the chunks of a file in order, and keeps the file once it is complete. */
export interface Keeper {
  readonly take: (index: number, octets: Buffer) => void;
  /** Gives up the file: no more chunks will come. */
  readonly drop: () => void;
}

/**
 * Keeps fetched files in a folder, for when their server is unavailable.
 *
 * A kept file consists of a data file and an index file that names it. Both are written under another name, flushed and
 * renamed, the index last: after a power failure the folder holds the former version, the new one or none, never a
 * mixture. Data files that no index names are removed at the next start.
 */
export class DiskCache {
  readonly #folder: string;
  #capacity: number;
  readonly #onError: (error: Error) => void;
  /** Number of the next part file, so that no two writers share one. */
  #parts = 0;

  private constructor(folder: string, capacity: number, onError: (error: Error) => void) {
    this.#folder = folder;
    this.#capacity = capacity;
    this.#onError = onError;
  }

  /**
   * Opens the folder, creating it if needed, and removes what an earlier run left unfinished.
   *
   * @param capacity in octets; the least recently used files are removed to stay below it
   * @param onError called when a file cannot be kept; serving continues without
   * @throws the system's error where the folder cannot be used
   */
  static async open(folder: string, capacity: number, onError: (error: Error) => void): Promise<DiskCache> {
    makePrivateFolder(folder);
    const cache = new DiskCache(folder, capacity, onError);
    await cache.#sweep();
    return cache;
  }

  /**
   * Sets the capacity.
   *
   * @param capacity in octets; applies from the next file on
   */
  resize(capacity: number): void {
    this.#capacity = capacity;
  }

  /** Returns the kept version of a file; undefined where there is no complete one. */
  async find(url: URL): Promise<KeptFile | undefined> {
    const kept = await this.#readIndex(keyOf(url) + INDEX);
    if (kept?.url !== url.href) return undefined;
    const path = join(this.#folder, kept.data);
    const status = await stat(path).catch(() => undefined);
    if (status?.size !== kept.size) return undefined;
    const now = new Date();
    await utimes(path, now, status.mtime).catch(() => undefined);
    return { path, size: kept.size, validators: { etag: kept.etag, modified: kept.modified } };
  }

  /** Starts to keep a version; returns undefined where it exceeds the capacity or its size is unknown. */
  keep(remote: Remote): Keeper | undefined {
    if (remote.size === undefined || remote.size > this.#capacity) return undefined;
    const part = join(this.#folder, `${process.pid}-${this.#parts++}${PART}`);
    const writer = new Writer(part, remote.size, () => this.#commit(remote, part), this.#onError);
    return {
      take: (index, octets) => {
        writer.write(index, octets);
      },
      drop: () => {
        writer.drop();
      },
    };
  }

  async #commit({ url, size, validators }: Remote, part: string): Promise<void> {
    const key = keyOf(url);
    const version = createHash("sha256")
      .update(JSON.stringify([validators, size]))
      .digest("hex")
      .slice(0, 16);
    const former = await this.#readIndex(key + INDEX);
    const data = `${key}-${version}${DATA}`;
    const kept = { url: url.href, size, ...validators, data };
    const index = join(this.#folder, `${process.pid}-${this.#parts++}${PART}`);
    try {
      await writeFlushed(index, Buffer.from(JSON.stringify(kept)));
      await rename(part, join(this.#folder, data));
      await rename(index, join(this.#folder, key + INDEX));
    } catch (error) {
      await rm(index, { force: true });
      throw error;
    }
    await flushFolder(this.#folder);
    if (former !== undefined && former.data !== data) await rm(join(this.#folder, former.data), { force: true });
    await this.#shrink(data);
  }

  /** Removes the least recently used files until the rest fits; `newest` stays. */
  async #shrink(newest: string): Promise<void> {
    const files = (await readdir(this.#folder)).filter((name) => name.endsWith(DATA));
    const known = await Promise.all(
      files.map(async (name) => ({ name, status: await stat(join(this.#folder, name)) })),
    );
    let held = known.reduce((sum, { status }) => sum + status.size, 0);
    for (const { name, status } of known.toSorted((a, b) => a.status.atimeMs - b.status.atimeMs)) {
      if (held <= this.#capacity) return;
      if (name === newest) continue;
      await rm(join(this.#folder, name.replace(/-[0-9a-f]+\.data$/, INDEX)), { force: true });
      await rm(join(this.#folder, name), { force: true });
      held -= status.size;
    }
  }

  async #sweep(): Promise<void> {
    const names = await readdir(this.#folder);
    const indexes = await Promise.all(
      names.filter((name) => name.endsWith(INDEX)).map((name) => this.#readIndex(name)),
    );
    const wanted = new Set(indexes.map((kept) => kept?.data));
    const orphans = names.filter((name) => name.endsWith(PART) || (name.endsWith(DATA) && !wanted.has(name)));
    await Promise.all(orphans.map((name) => rm(join(this.#folder, name), { force: true })));
  }

  async #readIndex(name: string): Promise<Kept | undefined> {
    try {
      const kept = JSON.parse(await readFile(join(this.#folder, name), "utf8")) as Partial<Kept>;
      const { url, size, data } = kept;
      if (typeof url !== "string" || typeof size !== "number" || typeof data !== "string" || data.includes("/"))
        return undefined;
      return { ...kept, url, size, data };
    } catch {
      return undefined;
    }
  }
}

/** Writes one file, chunk by chunk. */
class Writer {
  readonly #path: string;
  readonly #size: number;
  readonly #commit: () => Promise<void>;
  readonly #onError: (error: Error) => void;
  #handle: FileHandle | undefined;
  #expected = 0;
  #written = 0;
  /** Whether the file is complete or given up. */
  #over = false;
  #queue: Promise<void> = Promise.resolve();

  constructor(path: string, size: number, commit: () => Promise<void>, onError: (error: Error) => void) {
    this.#path = path;
    this.#size = size;
    this.#commit = commit;
    this.#onError = onError;
  }

  /** Writes the next chunk; after the last one flushes and commits the file. */
  write(index: number, octets: Buffer): void {
    // Only a file whose chunks came in order from the start is complete.
    if (index !== this.#expected) return;
    this.#expected += 1;
    this.#then(() => this.#append(octets));
  }

  drop(): void {
    this.#then(() => this.#giveUp());
  }

  #then(action: () => Promise<void>): void {
    this.#queue = this.#queue
      .then(async () => {
        if (!this.#over) await action();
      })
      .catch(async (error: unknown) => {
        await this.#giveUp().catch(() => undefined);
        this.#onError(asError(error));
      });
  }

  async #append(octets: Buffer): Promise<void> {
    this.#handle ??= await open(this.#path, "wx", 0o600);
    // Writes all of it: on a disk that becomes full, a single write may be partial.
    await this.#handle.writeFile(octets);
    this.#written += octets.length;
    if (this.#written !== this.#size) return;
    await this.#handle.sync();
    await this.#handle.close();
    this.#handle = undefined;
    this.#over = true;
    await this.#commit();
  }

  async #giveUp(): Promise<void> {
    this.#over = true;
    // Frees the space on a full disk even if closing the file fails.
    await rm(this.#path, { force: true });
    await this.#handle?.close();
    this.#handle = undefined;
  }
}

function keyOf(url: URL): string {
  return createHash("sha256").update(url.href).digest("hex").slice(0, 40);
}

async function writeFlushed(path: string, octets: Buffer): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    await handle.writeFile(octets);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flushes a folder: a rename is durable only after that. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
