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

/** The result of lmdb's getStats(), which its types leave open. */
interface Stats {
  readonly pageSize: number;
  /** Pages are numbered from 0 in file order. */
  readonly lastPageNumber: number;
  readonly root: { readonly treeBranchPageCount: number; readonly treeLeafPageCount: number };
}

/** Pages that each transaction may add: the path to its records, and the list of free pages. */
const PAGES_OF_TRANSACTION = 8;
/** Up to this number of writes, room is taken without querying the database. */
const FEW_WRITES = 16;

/**
 * Maximum number of waiting callers resumed in one turn of the event loop: a burst of replies may overflow a relay
 * agent's receive buffer, and other events would have to wait.
 */
const MOST_TOLD_AT_ONCE = 64;

/** Callers that wait for a transaction and resume in the same turn. */
interface Portion {
  count: number;
  readonly told: Promise<void>;
}

/** The initial size of a database, in octets: its two meta pages, and room for the first leases. */
const ROOM_TO_BEGIN = 64 * 1024;

/** The resources of a store that writes. */
interface Writing {
  readonly room: DiskRoom;
  /** In octets. */
  readonly pageSize: number;
  /** The path of the file that marks a clean close. */
  readonly closed: string;
}

/** A lease database in a folder (LMDB). Survives crashes, kill -9 and power cuts. */
export class LmdbStore implements LeaseStore {
  readonly #database: RootDatabase<Buffer, number>;
  /** Undefined for a read-only store. */
  readonly #writing: Writing | undefined;
  /** The writes of the next transaction, and its completion. */
  #writes: (() => unknown)[] = [];
  #committed: Promise<void> | undefined;
  /** The portion that further callers join. */
  #portion: Portion | undefined;
  /** The transaction in progress. */
  #flushing: Promise<void> = Promise.resolve();

  private constructor(database: RootDatabase<Buffer, number>, writing: Writing | undefined) {
    this.#database = database;
    this.#writing = writing;
  }

  /**
   * Opens the database of a folder, creates it if missing, and reserves room for the next lease.
   *
   * @returns the store, and the path that a damaged database was moved to, if there was one; a new one is begun then
   * @throws the system's error where the folder cannot be created or used, with the room needed where the disk is full;
   *   the existing database is unchanged then
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
   * Opens a database for reading, beside a daemon that writes. Where no daemon runs, call {@link isSound} first.
   *
   * @throws the system's error where there is no database
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
      // On a full disk or in a missing folder the mark is not written: the next start then checks the database.
    }
  }

  /** Queues a write. Writes of one turn, and those during the previous flush, share one transaction. */
  #write(write: () => unknown): Promise<void> {
    this.#writes.push(write);
    this.#committed ??= this.#inTurn();
    this.#portion ??= { count: 0, told: this.#committed };
    if (this.#portion.count === MOST_TOLD_AT_ONCE) this.#portion = { count: 0, told: inNextTurn(this.#portion.told) };
    this.#portion.count += 1;
    return this.#portion.told;
  }

  async #inTurn(): Promise<void> {
    // Wait before starting: the library begins a transaction at the end of the turn, and the writes of this turn, such
    // as those of all requests of one socket, are to share it.
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
    // Apart from the disk access, getStats() takes longer than writing a lease.
    if (writes <= FEW_WRITES && room.take(mostPages(writes) * pageSize)) return;
    const { used, needed } = this.#roomFor(writes, pageSize);
    room.make(used, needed);
  }

  /** Reserves room for one lease; without it the store must not open. */
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

  /**
   * Returns the octets used, and those a transaction may add. Each write copies the page of its record and its parent;
   * a transaction copies at most all pages, and splits some.
   */
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

/** Returns the underlying error: the library's own only refers to it. */
async function commitError(error: unknown): Promise<Error> {
  const cause = error instanceof Error && "commitError" in error ? error.commitError : error;
  const reason: unknown = await Promise.resolve(cause).catch((found: unknown) => found);
  const { message } = asError(reason);
  return new Error(message.replace(/: Attempting to write page .*$/, ""), { cause: reason });
}
