import { CHUNK_SIZE, type ChunkCache } from "./chunk-cache.js";
import type { OpenFile, Validators } from "./source.js";

/** One version of a file, as its source reads it. The chunks of it that are in memory are the cache's, under this object. */
export interface Content {
  readonly origin: string;
  readonly size: number | undefined;
  readonly validators: Validators;
  /**
   * Reads a chunk: `CHUNK_SIZE` octets, fewer only at the end of the file.
   *
   * @throws {FileError} where they cannot be had
   */
  read(index: number): Promise<Buffer>;
  /** A reader is at this chunk: a good moment to fetch what comes after it. */
  advise?(index: number): void;
  /** Nobody reads any more: lets go of what costs while nobody does. Reading may begin again. */
  rest(): void;
}

/** One version of a file for all who read it at once: each chunk is read once, and shared. */
export class SharedFile {
  readonly content: Content;
  readonly #cache: ChunkCache;
  readonly #pending = new Map<number, Promise<Buffer>>();
  #readers = 0;

  constructor(content: Content, cache: ChunkCache) {
    this.content = content;
    this.#cache = cache;
  }

  /** Whether somebody reads it now. */
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
