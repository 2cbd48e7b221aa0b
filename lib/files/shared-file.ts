import { CHUNK_SIZE, type ChunkCache } from "./chunk-cache.js";
import type { OpenFile, Validators } from "./source.js";

/** A version of a file as its source reads it. The chunk cache stores its chunks under this object. */
export interface Content {
  readonly origin: string;
  readonly size: number | undefined;
  readonly validators: Validators;
  /**
   * Reads a chunk: `CHUNK_SIZE` octets, fewer only at the end of the file.
   *
   * @throws {FileError} where they cannot be read
   */
  read(index: number): Promise<Buffer>;
  /** Tells that a reader is at this chunk: the next ones can be fetched. */
  advise?(index: number): void;
  /** Releases resources when the last reader has closed the file. Reading may start again. */
  rest(): void;
}

/** A version of a file that all its readers share: each chunk is read once. */
export class SharedFile {
  readonly content: Content;
  readonly #cache: ChunkCache;
  readonly #pending = new Map<number, Promise<Buffer>>();
  #readers = 0;

  constructor(content: Content, cache: ChunkCache) {
    this.content = content;
    this.#cache = cache;
  }

  /** Whether the file has readers. */
  get inUse(): boolean {
    return this.#readers > 0;
  }

  open(): OpenFile {
    this.#readers += 1;
    let open = true;
    const { origin, size, validators } = this.content;
    return {
      origin,
      size,
      validators,
      chunkAt: (offset) => this.#chunkAt(offset),
      close: () => {
        if (!open) return;
        open = false;
        this.#readers -= 1;
        if (this.#readers === 0) this.content.rest();
      },
    };
  }

  #chunkAt(offset: number): Buffer | Promise<Buffer> {
    const { size } = this.content;
    if (size !== undefined && offset >= size) return EMPTY;
    const index = Math.floor(offset / CHUNK_SIZE);
    const start = offset - index * CHUNK_SIZE;
    this.content.advise?.(index);
    const chunk = this.#cache.get(this.content, index);
    if (chunk !== undefined) return start === 0 ? chunk : chunk.subarray(start);
    return this.#read(index).then((octets) => octets.subarray(start));
  }

  #read(index: number): Promise<Buffer> {
    const former = this.#pending.get(index);
    if (former !== undefined) return former;
    const reading = this.content
      .read(index)
      .then((octets) => {
        this.#cache.set(this.content, index, octets);
        return octets;
      })
      .finally(() => {
        this.#pending.delete(index);
      });
    this.#pending.set(index, reading);
    return reading;
  }
}

const EMPTY = Buffer.alloc(0);
