import type { Clock } from "../common/clock.js";
import { remember } from "../common/remember.js";
import type { RequestedFiles } from "./request-facts.js";
import { FileError } from "./source.js";

/** Milliseconds for which a size that was looked up counts as current. */
const FRESH_MILLISECONDS = 60_000;

/** Most names that are remembered: as many as there are boot files, unless an external authority generates names. */
const MOST_NAMES = 1024;

interface Known {
  readonly size: number | undefined;
  readonly asked: number;
}

/**
 * The sizes of boot files without waiting: returns the known size at once, and refreshes an old one in the background.
 */
export class KnownSizes {
  readonly #files: RequestedFiles;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(files: RequestedFiles, clock: Clock) {
    this.#files = files;
    this.#clock = clock;
  }

  /** Returns the size in octets; undefined where it is not known yet, or there is no such file. */
  sizeOf(name: string): number | undefined {
    const known = this.#known.get(name);
    if (known === undefined || this.#clock.now() - known.asked > FRESH_MILLISECONDS) void this.learn(name);
    return known?.size;
  }

  /** Looks up the size of a file. Never rejects: a file that cannot be opened has no size. */
  async learn(name: string): Promise<void> {
    const former = this.#known.get(name);
    this.#remember(name, { size: former?.size, asked: this.#clock.now() });
    this.#remember(name, { size: await this.#lookUp(name), asked: this.#clock.now() });
  }

  async #lookUp(name: string): Promise<number | undefined> {
    try {
      const file = await this.#files.open(name, {});
      file.close();
      return file.size;
    } catch (error) {
      if (error instanceof FileError) return undefined;
      throw error;
    }
  }

  #remember(name: string, known: Known): void {
    remember(this.#known, name, known, MOST_NAMES);
  }
}
