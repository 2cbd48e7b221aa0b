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

/** How it became known that a machine booted what it should boot once. */
export type Report = "script" | "lease";

/** A one-shot boot that is over. */
export interface FinishedBoot {
  readonly mac: Mac;
  /** In milliseconds since 1970; undefined where that was lost. */
  readonly at: number | undefined;
}

/** Which of the machines that boot from here once (`once`) have done so. */
export interface OneShots {
  isDone(mac: Mac): boolean;
  /**
   * The machine has booted, and boots from its own disk from now on. Ask only for machines that are to boot once, since
   * each is remembered.
   *
   * @returns whether that is new
   * @throws the system's error where it cannot be kept; it counts until the daemon stops
   */
  finish(mac: Mac, by: Report): boolean;
  /** The machine boots from here once more. @returns whether it had booted */
  reset(mac: Mac): boolean;
  finished(): readonly FinishedBoot[];
}

/**
 * Keeps them in a folder, a small file for each machine. Nothing of it is remembered in between, so that one process may
 * reset what another goes by.
 */
export class OneShotFolder implements OneShots {
  readonly #folder: string;
  /** What could not be written. */
  readonly #unkept = new Set<Mac>();

  /** @param folder it is made when it is needed */
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

/** Writes a file under another name first, so that there is all of it or nothing. */
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
    // On a disk that gets full a part of so little is nothing.
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Whether a file is of a folder of one-shot boots, by its name. */
export function isOneShotFile(name: string): boolean {
  return parseMac(name.replace(/\.new$/, "")) !== undefined;
}

/** That the file is there is what counts; a power cut may have taken what is in it. */
function dateIn(path: string): number | undefined {
  try {
    const { at } = JSON.parse(readFileSync(path, "utf8")) as { at?: unknown };
    return typeof at === "number" ? at : undefined;
  } catch {
    return undefined;
  }
}

/**
 * How what runs before the installed system calls itself (option 60): the installers of Debian and Ubuntu (`d-i`) and of
 * Red Hat (`anaconda…`), the RAM disks of live systems (klibc's ipconfig), and U-Boot.
 */
const FORERUNNER = /^(?:d-i|anaconda|Linux ipconfig|U-Boot)/;

/**
 * Whether a lease says that the installed system runs. Installers take one too, and most tell who they are; what does
 * not is taken for the system.
 *
 * @param vendorClass option 60 of a request that no firmware sent
 */
export function isInstalledSystem(vendorClass: string | undefined): boolean {
  return vendorClass === undefined || !FORERUNNER.test(vendorClass);
}
