/** Octets of a file that are read, kept and evicted together. */
export const CHUNK_SIZE = 128 * 1024;

interface Entry {
  readonly owner: object;
  readonly index: number;
  readonly octets: Buffer;
}

/**
 * A bounded memory cache of file contents that all readers share; evicts the least recently used chunks. An owner is
 * one version of one file.
 */
export class ChunkCache {
  #capacity: number;
  readonly #byOwner = new WeakMap<object, Map<number, Entry>>();
  /** Least recently used first. */
  readonly #order = new Set<Entry>();
  #held = 0;

  /** @param capacity in octets; chunks that a reader holds are not counted */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Octets in the cache. */
  get held(): number {
    return this.#held;
  }

  get(owner: object, index: number): Buffer | undefined {
    const entry = this.#byOwner.get(owner)?.get(index);
    if (entry === undefined) return undefined;
    this.#order.delete(entry);
    this.#order.add(entry);
    return entry.octets;
  }

  set(owner: object, index: number, octets: Buffer): void {
    let entries = this.#byOwner.get(owner);
    if (entries === undefined) {
      entries = new Map();
      this.#byOwner.set(owner, entries);
    }
    const former = entries.get(index);
    if (former !== undefined) this.#forget(former);
    const entry = { owner, index, octets };
    entries.set(index, entry);
    this.#order.add(entry);
    this.#held += octets.length;
    this.#shrink();
  }

  /**
   * Changes the capacity.
   *
   * @param capacity in octets
   */
  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#shrink();
  }

  #shrink(): void {
    for (const oldest of this.#order) {
      if (this.#held <= this.#capacity) break;
      this.#forget(oldest);
    }
  }

  #forget(entry: Entry): void {
    this.#order.delete(entry);
    this.#byOwner.get(entry.owner)?.delete(entry.index);
    this.#held -= entry.octets.length;
  }
}
