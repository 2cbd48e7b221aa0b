import type { FinishedBoot, OneShots } from "../../lib/boot/one-shots.js";
import type { Mac } from "../../lib/net/mac.js";

/** Which machines have booted, for as long as the test runs. */
export class MemoryOneShots implements OneShots {
  readonly #done = new Set<Mac>();

  isDone(mac: Mac): boolean {
    return this.#done.has(mac);
  }

  finish(mac: Mac): boolean {
    const isNew = !this.isDone(mac);
    this.#done.add(mac);
    return isNew;
  }

  reset(mac: Mac): boolean {
    return this.#done.delete(mac);
  }

  finished(): readonly FinishedBoot[] {
    return [...this.#done].map((mac) => ({ mac, at: undefined }));
  }
}
