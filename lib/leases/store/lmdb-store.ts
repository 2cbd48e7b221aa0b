import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RootDatabase } from "lmdb";
import { asError } from "../../common/error.js";
import { toIpv4, type Ipv4 } from "../../net/ipv4.js";
import { missingRoom } from "../../os/file-errors.js";
import { makePrivateFolder } from "../../os/private-paths.js";
import { DiskRoom } from "./disk-room.js";
import { CLOSED, DATA, lockOf } from "./lease-files.js";
import { decodeLease, encodeLease } from "./lease-record.js";
import type { Lease, LeaseStore } from "../lease.js";
import { beginDatabase, hasDatabase, isSound, setAside, takeReadersRoom } from "./lmdb-files.js";
import { openDatabase } from "./lmdb-open.js";
import { takeLockRoom } from "./lock-file.js";

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

/** What a database begins with, in octets: its own two pages, and room for its first leases. */
const ROOM_TO_BEGIN = 64 * 1024;

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
   * Opens the database of a folder, which is made where it is not there. It has room for its next leases then.
   *
   * @returns the store, and where a damaged database was put, if there was one: it is then begun anew
   * @throws the system's error where the folder cannot be made or used, with what is missing where that is room; what is
   *   there is as it was
   */
  static async open(folder: string): Promise<{ readonly store: LmdbStore; readonly damaged: string | undefined }> {
    makePrivateFolder(folder);
    const damaged = isSound(folder) ? undefined : setAside(folder);
    if (!hasDatabase(folder)) beginDatabase(folder, ROOM_TO_BEGIN);
    const data = join(folder, DATA);
    const closed = join(folder, CLOSED);
    takeLockRoom(lockOf(data));
    const room = new DiskRoom(data);
    const database = openDatabase(data, false);
    const store = new LmdbStore(database, { room, pageSize: statsOf(database).pageSize, closed });
    try {
      store.#reserve();
    } catch (error) {
      await database.close();
      room.close();
      throw error;
    }
    rmSync(closed, { force: true });
    return { store, damaged };
  }

  /**
   * Opens it for reading, beside a daemon that writes. Where nobody does, ask {@link isSound} before.
   *
   * @throws the system's error where there is none
   */
  static openToRead(folder: string): LmdbStore {
    const data = join(folder, DATA);
    closeSync(openSync(data, "r"));
    takeReadersRoom(folder);
    return new LmdbStore(openDatabase(data, true), undefined);
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
      writeFileSync(this.#writing.closed, "", { mode: 0o600 });
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

  #requireRoom(writes: number): void {
    if (this.#writing === undefined) return;
    const { room, pageSize } = this.#writing;
    // Asking takes longer than the transaction of a lease, the disk aside.
    if (writes <= FEW_WRITES && room.take(mostPages(writes) * pageSize)) return;
    const { used, needed } = this.#roomFor(writes, pageSize);
    room.make(used, needed);
  }

  /** Without room for a single lease there is nothing to begin with. */
  #reserve(): void {
    if (this.#writing === undefined) return;
    const { room, pageSize } = this.#writing;
    const { used, needed } = this.#roomFor(1, pageSize);
    try {
      room.reserve(used, needed);
    } catch (error) {
      throw missingRoom(error, needed);
    }
  }

  /** A write copies the page of its record and the one that leads there, or all pages that there are, and splits some. */
  #roomFor(writes: number, pageSize: number): { readonly used: number; readonly needed: number } {
    const { lastPageNumber, root } = statsOf(this.#database);
    const all = PAGES_OF_TRANSACTION + root.treeBranchPageCount + root.treeLeafPageCount + Math.ceil(writes / 8);
    return { used: (lastPageNumber + 1) * pageSize, needed: Math.min(mostPages(writes), all) * pageSize };
  }
}

async function inNextTurn(before: Promise<void>): Promise<void> {
  await before;
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function mostPages(writes: number): number {
  return PAGES_OF_TRANSACTION + 2 * writes;
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
