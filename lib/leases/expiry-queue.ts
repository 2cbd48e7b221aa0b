/** How long a bucket is, in milliseconds: items whose times differ less may change places. */
const BUCKET = 1000;

/** Items by the time when they are due; all operations take constant time, as long as time moves on. */
export class ExpiryQueue<Item> {
  readonly #buckets = new Map<number, Set<Item>>();
  /** No bucket before this one has items. */
  #first = Infinity;
  #last = -Infinity;

  /** Adds an item; one that is never due need not be here. */
  add(item: Item, due: number): void {
    const index = Math.floor(due / BUCKET);
    let bucket = this.#buckets.get(index);
    if (bucket === undefined) {
      bucket = new Set();
      this.#buckets.set(index, bucket);
    }
    bucket.add(item);
    this.#first = Math.min(this.#first, index);
    this.#last = Math.max(this.#last, index);
  }

  /** Takes an item out, which was added with this time; harmless where it is not there. */
  delete(item: Item, due: number): void {
    const index = Math.floor(due / BUCKET);
    const bucket = this.#buckets.get(index);
    bucket?.delete(item);
    if (bucket?.size === 0) this.#buckets.delete(index);
  }

  /** The item that has been due for longest; it stays in. */
  oldest(now: number): Item | undefined {
    const current = Math.min(Math.floor(now / BUCKET), this.#last + 1);
    while (this.#first < current) {
      const bucket = this.#buckets.get(this.#first);
      if (bucket !== undefined) return first(bucket);
      this.#first += 1;
    }
    return undefined;
  }
}

function first<Item>(items: Iterable<Item>): Item | undefined {
  for (const item of items) return item;
  return undefined;
}
