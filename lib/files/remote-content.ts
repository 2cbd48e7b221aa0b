import type { Clock } from "../common/clock.js";
import { CHUNK_SIZE, type ChunkCache } from "./chunk-cache.js";
import { Download, type ChunkTaker, type Remote } from "./download.js";
import type { Keeper } from "./disk-cache.js";
import type { Content } from "./shared-file.js";
import type { Answer, Upstream } from "./upstream.js";

/** Chunks that are fetched ahead of a reader. */
const AHEAD = 4;

/** Most chunks that a reader may be ahead of a download and still wait for it. */
const NEAR = 16;

/** Most concurrent downloads for readers at different positions. */
const MOST_DOWNLOADS = 8;

/** Milliseconds that a download without readers stays open. */
const REST_MILLISECONDS = 5000;

/** The dependencies of remote contents. */
export interface RemoteParts {
  readonly upstream: Upstream;
  readonly cache: ChunkCache;
  readonly clock: Clock;
}

/**
 * A version of a file behind a URL. One download serves all readers near its position; a reader that is far behind (its
 * chunks are no longer cached) or far ahead gets a download of its own.
 */
export class RemoteContent implements Content {
  readonly #remote: Remote;
  readonly #parts: RemoteParts;
  /** Creates the keeper for a download from the start of the file. */
  readonly #makeKeeper: () => Keeper | undefined;
  #keeper: Keeper | undefined;
  #size: number | undefined;
  #downloads: Download[] = [];
  #cancelRest: () => void = () => undefined;

  /** @param answer the file from its start, where it was already requested */
  constructor(remote: Remote, parts: RemoteParts, makeKeeper: () => Keeper | undefined, answer?: Answer) {
    this.#remote = remote;
    this.#parts = parts;
    this.#makeKeeper = makeKeeper;
    this.#size = remote.size;
    if (answer !== undefined) this.#begin(0, answer);
  }

  get origin(): string {
    return this.#remote.url.href;
  }

  get size(): number | undefined {
    return this.#size;
  }

  get validators(): Remote["validators"] {
    return this.#remote.validators;
  }

  async read(index: number): Promise<Buffer> {
    this.#cancelRest();
    const near = this.#downloads.find(({ next, over }) => !over && next <= index && index < next + NEAR);
    const octets = await (near ?? this.#begin(index)).pullTo(index);
    if (octets !== undefined) return octets;
    // Another reader pulled past this chunk meanwhile.
    const kept = this.#parts.cache.get(this, index);
    return kept ?? (await this.#begin(index).pullTo(index)) ?? Buffer.alloc(0);
  }

  advise(index: number): void {
    const download = this.#downloads.find(({ next, over }) => !over && next > index && next <= index + AHEAD);
    const last = this.#size === undefined ? index + AHEAD : Math.ceil(this.#size / CHUNK_SIZE) - 1;
    if (download === undefined || download.next > last) return;
    // The reader that reaches a failed chunk gets the error.
    download.pullTo(Math.min(index + AHEAD, last)).catch(() => undefined);
  }

  rest(): void {
    this.#cancelRest();
    this.#cancelRest = this.#parts.clock.after(REST_MILLISECONDS, () => {
      for (const download of this.#downloads) download.abort();
      this.#downloads = [];
      this.#keeper?.drop();
    });
  }

  /**
   * Determines the size of a file whose server does not report it, by reading up to `bound` octets.
   *
   * @throws {FileError} where reading fails
   */
  async measure(bound: number): Promise<void> {
    for (let index = 0; this.#size === undefined && index * CHUNK_SIZE < bound; index++) {
      const octets = await this.read(index);
      if (octets.length < CHUNK_SIZE) this.#size = index * CHUNK_SIZE + octets.length;
    }
  }

  #begin(first: number, answer?: Answer): Download {
    const alive = this.#downloads.filter(({ over }) => !over);
    for (const oldest of alive.splice(0, alive.length - MOST_DOWNLOADS + 1)) oldest.abort();
    const { upstream, cache } = this.#parts;
    const keeper = this.#keeperFrom(first);
    const take: ChunkTaker = (index, octets) => {
      cache.set(this, index, octets);
      keeper?.take(index, octets);
    };
    const download = new Download(upstream, this.#remote, first, take, answer);
    this.#downloads = [...alive, download];
    return download;
  }

  /**
   * Returns a keeper for a download that starts at a chunk; undefined where an earlier chunk is no longer in memory.
   */
  #keeperFrom(first: number): Keeper | undefined {
    const before: Buffer[] = [];
    for (let index = 0; index < first; index++) {
      const octets = this.#parts.cache.get(this, index);
      if (octets === undefined) return undefined;
      before.push(octets);
    }
    const keeper = this.#makeKeeper();
    if (keeper === undefined) return undefined;
    this.#keeper?.drop();
    this.#keeper = keeper;
    before.forEach((octets, index) => {
      keeper.take(index, octets);
    });
    return keeper;
  }
}
