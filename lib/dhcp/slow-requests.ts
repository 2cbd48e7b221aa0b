import type { Mac } from "../net/mac.js";
import { messageType } from "./message.js";
import type { Request } from "./request.js";

/** Maximum number of waiting requests; further ones are dropped, and clients repeat them. */
const MOST = 4096;

/** Requests that wait for a result, such as an authority's verdict; their repetitions are dropped meanwhile. */
export class SlowRequests {
  /** Keys of machine, message type and kind of port. */
  readonly #keys = new Set<string>();
  readonly #onError: (error: unknown) => void;

  /** @param onError called with any error of a waiting request */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Whether the same request is already waiting. */
  holds(request: Request, mac: Mac): boolean {
    return this.#keys.size > 0 && this.#keys.has(keyOf(request, mac));
  }

  /**
   * Calls `proceed` with the result; keeps the link of the request open until then. Drops the request when too many
   * wait.
   */
  wait<Word>(request: Request, mac: Mac, word: Promise<Word>, proceed: (word: Word) => void): void {
    if (this.#keys.size >= MOST) return;
    const key = keyOf(request, mac);
    this.#keys.add(key);
    const answered = word
      .then(proceed)
      .catch(this.#onError)
      .finally(() => {
        this.#keys.delete(key);
      });
    void request.link.openDuring(answered);
  }
}

function keyOf({ message, link }: Request, mac: Mac): string {
  return `${mac} ${messageType(message) ?? "bootp"} ${link.service}`;
}
