import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { open, type RootDatabase } from "lmdb";
import { asError } from "../net/error.js";
import { toIpv4, type Ipv4 } from "../net/ipv4.js";
import { DiskRoom } from "./disk-room.js";
import { decodeLease, encodeLease } from "./lease-record.js";
import type { Lease, LeaseStore } from "./lease.js";

const DATA = "data.mdb";
/** Stands beside the data as long as nobody has it open for writing. */
const CLOSED = "closed";

/** How long looking through a database may take. */
const CHECK_MILLISECONDS = 60_000;

/** What lmdb's getStats() tells, of which its types say nothing. */
interface Stats {
  readonly pageSize: number;
  /** Pages are numbered from 0, in the order of the file. */
  readonly lastPageNumber: number;
  readonly root: { readonly treeBranchPageCount: number; readonly treeLeafPageCount: number };
}

/** Pages that a transaction may add for itself: those that lead to its records, and the list of free ones. */
const PAGES_OF_TRANSACTION = 8;
/** Up to so many writes no more is asked of the database than that. */
const FEW_WRITES = 16;

/**
 * So many of those who wait for one transaction go on in one turn of the event loop: what a relay agent is sent all at
 * once may be more than it has room for, and others would wait meanwhile.
 */
const MOST_TOLD_AT_ONCE = 64;

/** Those who wait for a transaction, and go on in the same turn. */
interface Portion {
  count: number;
  readonly told: Promise<void>;
}

/** What is there to write to a database. */
interface Writing {
  readonly room: DiskRoom;
  /** In octets. */
  readonly pageSize: number;
  /** The file that says that it was closed. */
  readonly closed: string;
}

/** A database in a folder, which outlasts the program, kill -9 and power cuts (LMDB). */
export class LmdbStore implements LeaseStore {
  readonly #database: RootDatabase<Buffer, number>;
  /** Undefined where it is only read. */
  readonly #writing: Writing | undefined;
  /** What is to be written with the next transaction, and when that is on disk. */
  #writes: (() => unknown)[] = [];
  #committed: Promise<void> | undefined;
  /** The last of those who wait for it. */
  #portion: Portion | undefined;
  /** The transaction that is under way. */
  #flushing: Promise<void> = Promise.resolve();

  private constructor(database: RootDatabase<Buffer, number>, writing: Writing | undefined) {
    this.#database = database;
    this.#writing = writing;
  }

  /**
   * Opens the database of a folder, which is made where it is not there.
   *
   * @returns the store, and where a damaged database was put, if there was one: it is then begun anew
   * @throws the system's error where the folder cannot be made or used
   */
  static open(folder: string): { readonly store: LmdbStore; readonly damaged: string | undefined } {
    mkdirSync(folder, { recursive: true });
    const damaged = isSound(folder) ? undefined : setAside(folder);
    const closed = join(folder, CLOSED);
    const database = openDatabase(folder, false);
    rmSync(closed, { force: true });
    const { pageSize } = statsOf(database);
    return { store: new LmdbStore(database, { room: new DiskRoom(join(folder, DATA)), pageSize, closed }), damaged };
  }

  /**
   * Opens it for reading, beside a daemon that writes. Where nobody does, ask {@link isSound} before.
   *
   * @throws the system's error where there is none
   */
  static openToRead(folder: string): LmdbStore {
    return new LmdbStore(openDatabase(folder, true), undefined);
  }

  get(address: Ipv4): Lease | undefined {
    const record = this.#database.get(address);
    return record === undefined ? undefined : decodeLease(address, record);
  }

  *load(): Iterable<Lease> {
    for (const { key, value } of this.#database.getRange({})) yield decodeLease(toIpv4(key), value);
  }

  put(lease: Lease): Promise<void> {
    const record = encodeLease(lease);
    return this.#write(() => this.#database.put(lease.address, record));
  }

  remove(address: Ipv4): Promise<void> {
    return this.#write(() => this.#database.remove(address));
  }

  async close(): Promise<void> {
    await this.#committed?.catch(() => undefined);
    await this.#flushing;
    await this.#database.close();
    if (this.#writing === undefined) return;
    this.#writing.room.close();
    try {
      writeFileSync(this.#writing.closed, "");
    } catch {
      // A full disk, or no folder any more: it is looked through at the next start, which is all that this spares.
    }
  }

  /** What is written at once, and until the flush before is over, is one transaction. */
  #write(write: () => unknown): Promise<void> {
    this.#writes.push(write);
    this.#committed ??= this.#inTurn();
    this.#portion ??= { count: 0, told: this.#committed };
    if (this.#portion.count === MOST_TOLD_AT_ONCE) this.#portion = { count: 0, told: inNextTurn(this.#portion.told) };
    this.#portion.count += 1;
    return this.#portion.told;
  }

  async #inTurn(): Promise<void> {
    // The library begins a transaction at the end of the turn; what is written at once, such as all that one socket's
    // requests lead to, is put together before.
    await this.#flushing;
    const commit = this.#commit();
    this.#flushing = commit.catch(() => undefined);
    return commit;
  }

  async #commit(): Promise<void> {
    const writes = this.#writes;
    this.#writes = [];
    this.#committed = undefined;
    this.#portion = undefined;
    this.#requireRoom(writes.length);
    try {
      await this.#database.batch(() => {
        for (const write of writes) write();
      });
    } catch (error) {
      throw await commitError(error);
    }
  }

  /** A write copies the page of its record and the one that leads there, or all pages that there are, and splits some. */
  #requireRoom(writes: number): void {
    if (this.#writing === undefined) return;
    const { room, pageSize } = this.#writing;
    const most = PAGES_OF_TRANSACTION + 2 * writes;
    // Asking takes longer than the transaction of a lease, the disk aside.
    if (writes <= FEW_WRITES && room.take(most * pageSize)) return;
    const { lastPageNumber, root } = statsOf(this.#database);
    const all = PAGES_OF_TRANSACTION + root.treeBranchPageCount + root.treeLeafPageCount + Math.ceil(writes / 8);
    room.make((lastPageNumber + 1) * pageSize, Math.min(most, all) * pageSize);
  }
}

async function inNextTurn(before: Promise<void>): Promise<void> {
  await before;
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function statsOf(database: RootDatabase<Buffer, number>): Stats {
  return database.getStats() as Stats;
}

/** What went wrong: the library's own error only says that there is another one. */
async function commitError(error: unknown): Promise<Error> {
  const cause = error instanceof Error && "commitError" in error ? error.commitError : error;
  const reason: unknown = await Promise.resolve(cause).catch((found: unknown) => found);
  const { message } = asError(reason);
  return new Error(message.replace(/: Attempting to write page .*$/, ""), { cause: reason });
}

function openDatabase(folder: string, readOnly: boolean): RootDatabase<Buffer, number> {
  return open({
    path: join(folder, DATA),
    noSubdir: true,
    keyEncoding: "uint32",
    encoding: "binary",
    readOnly,
    // A promise of put means that the disk has it.
    overlappingSync: false,
    // Transactions of its own making have a promise that nobody can wait for, and so an error that nobody catches.
    eventTurnBatching: false,
  });
}

/** Whether there is a database in a folder. */
export function hasDatabase(folder: string): boolean {
  return existsSync(join(folder, DATA));
}

/**
 * Whether a database can be read through. A damaged one would end the process that reads it, so another one tries; not
 * where the last writer closed it properly.
 */
export function isSound(folder: string): boolean {
  if (!hasDatabase(folder) || existsSync(join(folder, CLOSED))) return true;
  const program = fileURLToPath(new URL("lmdb-check.js", import.meta.url));
  // What may not be read is not damaged for that.
  closeSync(openSync(join(folder, DATA), "r"));
  const { status, error } = spawnSync(process.execPath, [program, folder], {
    timeout: CHECK_MILLISECONDS,
    stdio: "ignore",
  });
  if (error !== undefined && (error as NodeJS.ErrnoException).code !== "ETIMEDOUT") throw error;
  return status === 0;
}

/** @returns where it is now */
function setAside(folder: string): string {
  const path = `${folder}.damaged-${new Date().toISOString().replaceAll(":", "-")}`;
  renameSync(folder, path);
  mkdirSync(folder);
  return path;
}
