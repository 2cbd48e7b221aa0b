import { areMany } from "../remote/fall.js";

/**
 * Doubts that many machines are gone at once: a server that was restarted without its data, or emptied by mistake, would
 * take the addresses of all of them.
 */
export class Doubt {
  #doubted: ReadonlySet<string> = new Set();

  /**
   * Whether keys that are missing count as gone: few of them do at once, many only where they were missing before.
   *
   * @param all the number of machines before
   */
  believes(missing: ReadonlySet<string>, all: number): boolean {
    if (!areMany(missing.size, all)) return true;
    const agreed = [...missing].every((key) => this.#doubted.has(key));
    this.#doubted = agreed ? new Set() : missing;
    return agreed;
  }
}
