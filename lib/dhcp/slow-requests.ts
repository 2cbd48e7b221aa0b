import { messageType } from "./message.js";
import type { Served } from "./served.js";

/** What of a request tells it from others. */
type Waiting = Pick<Served, "client" | "message" | "link">;

/** How many requests may wait at once; more are dropped, and come again. */
const MOST = 4096;

/** Requests that wait for somebody's word, such as an authority's; their repetitions are not asked again. */
export class SlowRequests {
  /** By machine, message type and kind of port. */
  readonly #keys = new Set<string>();
  readonly #onError: (error: unknown) => void;

  /** @param onError what goes wrong with one of them is told here */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Whether the same request waits already. */
  holds(request: Waiting): boolean {
    return this.#keys.size > 0 && this.#keys.has(keyOf(request));
  }

  /** Goes on with `proceed` when the word is there; the request's link stays open till then. */
  wait<Word>(request: Waiting, word: Promise<Word>, proceed: (word: Word) => void): void {
    if (this.#keys.size >= MOST) return;
    const key = keyOf(request);
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

function keyOf({ client, message, link }: Waiting): string {
  return `${client.mac} ${messageType(message) ?? "bootp"} ${link.service}`;
}
