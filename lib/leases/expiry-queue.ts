/** How long a bucket is, in milliseconds: items whose times differ less may change places. */
const BUCKET = 1000;

/** What can be in a queue, in one at a time; the queue itself says what comes before and after it there. */
export interface Queued<Item> {
  before: Item | undefined;
  after: Item | undefined;
}

/** The first and the last of the items that are due within the same second. */
interface Bucket<Item> {
  first: Item;
  last: Item;
}

/** Items by the time when they are due; all operations take constant time, as long as time moves on. */
export class ExpiryQueue<Item extends Queued<Item>> {
  readonly #buckets = new Map<number, Bucket<Item>>();
  /** No bucket before this one has items. */
  #first = Infinity;
  #last = -Infinity;

  /** Adds an item that is in no queue; one that is never due need not be here. */
  add(item: Item, due: number): void {
    const index = Math.floor(due / BUCKET);
    const bucket = this.#buckets.get(index);
    if (bucket === undefined) this.#buckets.set(index, { first: item, last: item });
    else {
      item.before = bucket.last;
      bucket.last.after = item;
      bucket.last = item;
    }
    this.#first = Math.min(this.#first, index);
    this.#last = Math.max(this.#last, index);
  }

  /** Takes an item out, which was added with this time; harmless where it is not there. */
  delete(item: Item, due: number): void {
    const index = Math.floor(due / BUCKET);
    const bucket = this.#buckets.get(index);
    if (bucket === undefined) return;
    const { before, after } = item;
    if (before === undefined && bucket.first !== item) return;
    if (before === undefined && after === undefined) {
      this.#buckets.delete(index);
      return;
    }
    if (before === undefined) bucket.first = after ?? bucket.first;
    else before.after = after;
    if (after === undefined) bucket.last = before ?? bucket.last;
    else after.before = before;
    item.before = undefined;
    item.after = undefined;
  }

  /** The item that has been due for longest; it stays in. */
  oldest(now: number): Item | undefined {
    const current = Math.min(Math.floor(now / BUCKET), this.#last + 1);
    while (this.#first < current) {
      const bucket = this.#buckets.get(this.#first);
      if (bucket !== undefined) return bucket.first;
      this.#first += 1;
    }
    return undefined;
  }
}
