import type { Clock } from "../common/clock.js";
import { CHUNK_SIZE, type ChunkCache } from "./chunk-cache.js";
import { Download, type ChunkTaker, type Remote } from "./download.js";
import type { Keeper } from "./disk-cache.js";
import type { Content } from "./shared-file.js";
import type { Answer, Upstream } from "./upstream.js";

/** How many chunks are fetched before a reader asks for them. */
const AHEAD = 4;

/** How many chunks a reader may be beyond a download and still wait for it. */
const NEAR = 16;

/** How many readers that are far from each other may have downloads of their own. */
const MOST_DOWNLOADS = 8;

/** How long a download waits for a reader to come back. */
const REST_MILLISECONDS = 5000;

/** What contents behind URLs are read with. */
export interface RemoteParts {
  readonly upstream: Upstream;
  readonly cache: ChunkCache;
  readonly clock: Clock;
}

/**
 * One version of a file behind a URL. One download serves all readers whose chunks it comes by; a reader that is far
 * behind (what it needs is forgotten) or far ahead gets another, from where it is.
 */
export class RemoteContent implements Content {
  readonly #remote: Remote;
  readonly #parts: RemoteParts;
  /** Makes what takes a download from the start, to keep it. */
  readonly #makeKeeper: () => Keeper | undefined;
  #keeper: Keeper | undefined;
  #size: number | undefined;
  #downloads: Download[] = [];
  #cancelRest: () => void = () => undefined;

  /** @param answer the file from its start, where it was asked for already */
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
    // Another reader pulled past it meanwhile.
    const kept = this.#parts.cache.get(this, index);
    return kept ?? (await this.#begin(index).pullTo(index)) ?? Buffer.alloc(0);
  }

  advise(index: number): void {
    const download = this.#downloads.find(({ next, over }) => !over && next > index && next <= index + AHEAD);
    const last = this.#size === undefined ? index + AHEAD : Math.ceil(this.#size / CHUNK_SIZE) - 1;
    if (download === undefined || download.next > last) return;
    // What goes wrong ahead is told to the reader who gets there.
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
   * Learns the size of a file whose server does not tell it, by reading it, as far as `bound` octets.
   *
   * @throws {FileError} as reading does
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

  /** What keeps a download from a chunk on: it needs all that is before too, which is in memory or lost to it. */
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
