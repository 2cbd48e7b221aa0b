import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { formatMac, parseMac, type Mac } from "../net/mac.js";
import { explained } from "../os/file-errors.js";
import { flushFolder, makePrivateFolder } from "../os/private-paths.js";

/** The evidence that a machine completed its one-shot boot. */
export type Report = "script" | "lease";

/** A completed one-shot boot. */
export interface FinishedBoot {
  readonly mac: Mac;
  /** Milliseconds since 1970; undefined where the time was lost. */
  readonly at: number | undefined;
}

/** The machines with a one-shot boot (`once`) that have completed it. */
export interface OneShots {
  isDone(mac: Mac): boolean;
  /**
   * Records that the machine has completed its one-shot boot; it boots from its own disk from now on. Call only for
   * machines with a one-shot boot, since each is stored.
   *
   * @returns whether that is new
   * @throws the system's error where it cannot be stored; it then holds until the daemon stops
   */
  finish(mac: Mac, by: Report): boolean;
  /** Forgets the boot, so that the machine boots from this server once more. @returns whether it had completed one */
  reset(mac: Mac): boolean;
  finished(): readonly FinishedBoot[];
}

/**
 * Stores one-shot boots in a folder, as a small file for each machine. Nothing is cached, so that one process can reset
 * what another uses.
 */
export class OneShotFolder implements OneShots {
  readonly #folder: string;
  /** Completed boots that could not be stored. */
  readonly #unkept = new Set<Mac>();

  /** @param folder created when needed */
  constructor(folder: string) {
    this.#folder = folder;
  }

  isDone(mac: Mac): boolean {
    return this.#unkept.has(mac) || existsSync(this.#pathOf(mac));
  }

  finish(mac: Mac, by: Report): boolean {
    if (this.isDone(mac)) return false;
    this.#unkept.add(mac);
    makePrivateFolder(this.#folder);
    const path = this.#pathOf(mac);
    writeWhole(`${path}.new`, path, JSON.stringify({ at: Date.now(), by }));
    flushFolder(this.#folder);
    this.#unkept.delete(mac);
    return true;
  }

  reset(mac: Mac): boolean {
    const done = this.isDone(mac);
    this.#unkept.delete(mac);
    rmSync(this.#pathOf(mac), { force: true });
    return done;
  }

  finished(): readonly FinishedBoot[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder).flatMap((name) => {
      const mac = parseMac(name);
      return mac === undefined ? [] : [{ mac, at: dateIn(join(this.#folder, name)) }];
    });
  }

  #pathOf(mac: Mac): string {
    return join(this.#folder, formatMac(mac, "-").toLowerCase());
  }
}

/** Writes a file atomically: under another name first, then renames it. */
function writeWhole(part: string, path: string, text: string): void {
  try {
    explained(path, () => {
      writeFlushed(part, text);
      renameSync(part, path);
    });
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function writeFlushed(path: string, text: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    // A write this small is never partial, even on a disk that becomes full.
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Whether a name is that of a file in the folder of one-shot boots. */
export function isOneShotFile(name: string): boolean {
  return parseMac(name.replace(/\.new$/, "")) !== undefined;
}

/** Reads the time of a boot. The existence of the file is what counts; a power failure may have lost its contents. */
function dateIn(path: string): number | undefined {
  try {
    const { at } = JSON.parse(readFileSync(path, "utf8")) as { at?: unknown };
    return typeof at === "number" ? at : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Matches the vendor class (option 60) of programs that run before the installed system: the installers of Debian and
 * Ubuntu (`d-i`) and of Red Hat (`anaconda…`), the RAM disks of live systems (klibc's ipconfig), and U-Boot.
 */
const FORERUNNER = /^(?:d-i|anaconda|Linux ipconfig|U-Boot)/;

/**
 * Whether a lease indicates that the installed system runs. Installers request leases too, and most identify
 * themselves; those that do not are taken for the installed system.
 *
 * @param vendorClass option 60 of a request that does not come from firmware
 */
export function isInstalledSystem(vendorClass: string | undefined): boolean {
  return vendorClass === undefined || !FORERUNNER.test(vendorClass);
}
