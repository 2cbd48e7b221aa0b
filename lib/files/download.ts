import { CHUNK_SIZE } from "./chunk-cache.js";
import { FileError, type Validators } from "./source.js";
import { discard, unreachable, type Answer, type Upstream } from "./upstream.js";

/** A version of a file behind a URL. */
export interface Remote {
  readonly url: URL;
  readonly size: number | undefined;
  readonly validators: Validators;
}

/** A function that receives the chunks of a download, in order. */
export type ChunkTaker = (index: number, octets: Buffer) => void;

/**
 * One answer of an HTTP server, split into chunks on demand: the rest stays in the connection, and the server waits.
 */
export class Download {
  readonly #upstream: Upstream;
  readonly #remote: Remote;
  readonly #take: ChunkTaker;
  #next: number;
  #answer: Promise<AsyncIterator<Buffer>> | undefined;
  #body: Answer["body"] | undefined;
  #held: Buffer[] = [];
  #heldLength = 0;
  #atEnd = false;
  #failure: FileError | undefined;
  /** Serialises the pulls. */
  #pulling: Promise<unknown> = Promise.resolve();

  /**
   * @param first the chunk to start with
   * @param answer the octets from there on, where they were already requested
   */
  constructor(upstream: Upstream, remote: Remote, first: number, take: ChunkTaker, answer?: Answer) {
    this.#upstream = upstream;
    this.#remote = remote;
    this.#next = first;
    this.#take = take;
    if (answer !== undefined) this.#answer = this.#begin(answer);
  }

  /** Index of the next chunk. */
  get next(): number {
    return this.#next;
  }

  /** Whether the download has ended or failed. */
  get over(): boolean {
    return this.#atEnd || this.#failure !== undefined;
  }

  /**
   * Reads chunks up to the given index.
   *
   * @returns the octets of that chunk; undefined where it was read before
   * @throws {FileError} where they cannot be fetched
   */
  pullTo(index: number): Promise<Buffer | undefined> {
    const pulled = this.#pulling.then(() => this.#pull(index));
    this.#pulling = pulled.catch(() => undefined);
    return pulled;
  }

  /** Closes the connection. */
  abort(): void {
    this.#failure ??= new FileError({ code: "fetch-ended", url: this.#remote.url.href });
    if (this.#body !== undefined) discard(this.#body);
  }

  async #pull(index: number): Promise<Buffer | undefined> {
    let octets: Buffer | undefined;
    while (this.#next <= index) {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        octets = await this.#chunk();
      } catch (error) {
        this.#failure ??= error instanceof FileError ? error : unreachable(this.#remote.url, error);
        this.abort();
        throw this.#failure;
      }
      this.#take(this.#next, octets);
      this.#next += 1;
    }
    return octets;
  }

  async #chunk(): Promise<Buffer> {
    this.#answer ??= this.#start();
    const octets = await this.#answer;
    while (this.#heldLength < CHUNK_SIZE && !this.#atEnd) {
      const part = await octets.next();
      if (part.done === true) this.#finish();
      else this.#hold(part.value);
    }
    const all = this.#held.length === 1 ? (this.#held[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldLength = 0;
    if (all.length > CHUNK_SIZE) this.#hold(all.subarray(CHUNK_SIZE));
    // Copies the octets: a view would keep the whole buffer alive.
    return all.length > CHUNK_SIZE ? Buffer.from(all.subarray(0, CHUNK_SIZE)) : all;
  }

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#heldLength += part.length;
  }

  #finish(): void {
    this.#atEnd = true;
    const { size, url } = this.#remote;
    const end = this.#next * CHUNK_SIZE + this.#heldLength;
    if (size !== undefined && end !== size) {
      throw new FileError({ code: "mirror-short", url: url.href, end, wanted: size });
    }
  }

  async #start(): Promise<AsyncIterator<Buffer>> {
    const { url, validators } = this.#remote;
    return this.#begin(await this.#upstream.get(url, this.#next * CHUNK_SIZE, validators));
  }

  async #begin(answer: Answer): Promise<AsyncIterator<Buffer>> {
    const { url, size, validators } = this.#remote;
    const offset = this.#next * CHUNK_SIZE;
    this.#body = answer.body;
    // The download was aborted before the server answered.
    if (this.#failure !== undefined) this.abort();
    const start = answer.status === 206 ? offset : 0;
    const whole = answer.length === undefined ? undefined : answer.length + start;
    if (!sameVersion(validators, answer.validators) || (size !== undefined && whole !== undefined && whole !== size)) {
      throw new FileError({ code: "file-changed", origin: url.href, while: "being fetched" });
    }
    const octets = answer.body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    // A server without ranges sends the whole file: skips the octets before the offset.
    for (let skip = offset - start; skip > 0;) {
      const part = await octets.next();
      if (part.done === true) {
        throw new FileError({ code: "mirror-short", url: url.href, end: undefined, wanted: offset });
      }
      if (part.value.length > skip) this.#hold(part.value.subarray(skip));
      skip -= part.value.length;
    }
    return octets;
  }
}

/** Whether two versions are the same as far as both sets of validators tell. */
export function sameVersion(a: Validators, b: Validators): boolean {
  if (a.etag !== undefined && b.etag !== undefined) return a.etag === b.etag;
  return a.modified === undefined || b.modified === undefined || a.modified === b.modified;
}
