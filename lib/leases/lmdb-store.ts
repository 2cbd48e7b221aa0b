import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { open, type RootDatabase } from "lmdb";
import { toIpv4, type Ipv4 } from "../net/ipv4.js";
import { decodeLease, encodeLease } from "./lease-record.js";
import type { Lease, LeaseStore } from "./lease.js";

const DATA = "data.mdb";
/** Stands beside the data as long as nobody has it open for writing. */
const CLOSED = "closed";

/** How long looking through a database may take. */
const CHECK_MILLISECONDS = 60_000;

/** A database in a folder, which outlasts the program, kill -9 and power cuts (LMDB). */
export class LmdbStore implements LeaseStore {
  readonly #database: RootDatabase<Buffer, number>;
  readonly #closed: string | undefined;

  private constructor(database: RootDatabase<Buffer, number>, closed: string | undefined) {
    this.#database = database;
    this.#closed = closed;
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
    return { store: new LmdbStore(database, closed), damaged };
  }

  /** Opens it for reading, beside a daemon that writes. @throws the system's error where there is none */
  static openToRead(folder: string): LmdbStore {
    return new LmdbStore(openDatabase(folder, true), undefined);
  }

  *load(): Iterable<Lease> {
    for (const { key, value } of this.#database.getRange({})) yield decodeLease(toIpv4(key), value);
  }

  /** What is put in one turn of the event loop, and while another flush is under way, is one transaction. */
  async put(lease: Lease): Promise<void> {
    await this.#database.put(lease.address, encodeLease(lease));
  }

  async remove(address: Ipv4): Promise<void> {
    await this.#database.remove(address);
  }

  async close(): Promise<void> {
    await this.#database.close();
    if (this.#closed === undefined) return;
    try {
      writeFileSync(this.#closed, "");
    } catch {
      // A full disk, or no folder any more: it is looked through at the next start, which is all that this spares.
    }
  }
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
  });
}

/**
 * Whether a database can be read through. A damaged one would end the process that reads it, so another one tries; not
 * where the last writer closed it properly.
 */
function isSound(folder: string): boolean {
  if (!existsSync(join(folder, DATA)) || existsSync(join(folder, CLOSED))) return true;
  const program = fileURLToPath(new URL("lmdb-check.js", import.meta.url));
  return spawnSync(process.execPath, [program, folder], { timeout: CHECK_MILLISECONDS, stdio: "ignore" }).status === 0;
}

/** @returns where it is now */
function setAside(folder: string): string {
  const path = `${folder}.damaged-${new Date().toISOString().replaceAll(":", "-")}`;
  renameSync(folder, path);
  mkdirSync(folder);
  return path;
}
