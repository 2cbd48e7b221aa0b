import { constants } from "node:fs";
import { open, readlink, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { formatMac, type Mac } from "../../net/mac.js";

/** Largest script in octets; larger files are refused. */
const LARGEST_SCRIPT = 1024 * 1024;

/** A folder of iPXE scripts, each named by the MAC address of its machine, `52-54-00-61-a1-70`. */
export class HostScripts {
  readonly #folder: string;

  /** @param folder an absolute path */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Reads the current script of a machine.
   *
   * @returns undefined where there is none
   * @throws the system's error where it cannot be read, or an error that describes what is wrong with it
   */
  async read(mac: Mac): Promise<string | undefined> {
    const name = formatMac(mac, "-");
    return (await this.#readName(name.toLowerCase())) ?? (await this.#readName(name));
  }

  async #readName(name: string): Promise<string | undefined> {
    const path = join(this.#folder, name);
    try {
      return await this.#readPath(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async #readPath(path: string): Promise<string> {
    const [folder, real] = await Promise.all([realpath(this.#folder), realpath(path)]);
    if (!real.startsWith(folder + sep)) throw new Error(`${path} leads out of ${this.#folder}`);
    // The resolved path contains no symbolic links: one that was created since is not followed, and where the system
    // reports the path of the opened file, it is checked again. Opening a FIFO does not block.
    const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const status = await file.stat();
      const opened = process.platform === "linux" ? await readlink(`/proc/self/fd/${file.fd}`) : real;
      if (!opened.startsWith(folder + sep)) throw new Error(`${path} leads out of ${this.#folder}`);
      if (!status.isFile()) throw new Error(`${path} is not a file`);
      if (status.size > LARGEST_SCRIPT) throw new Error(`${path} has more than ${LARGEST_SCRIPT} octets`);
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  }
}
