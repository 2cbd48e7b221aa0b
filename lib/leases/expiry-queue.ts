/** The length of a bucket in milliseconds: items whose times differ by less may be returned in any order. */
const BUCKET = 1000;

/** An item that can be in one queue at a time; the queue sets its links. */
export interface Queued<Item> {
  before: Item | undefined;
  after: Item | undefined;
}

/** The first and last of the items due within the same second. */
interface Bucket<Item> {
  first: Item;
  last: Item;
}

/** Items ordered by due time; all operations take constant time, as long as time advances. */
export class ExpiryQueue<Item extends Queued<Item>> {
  readonly #buckets = new Map<number, Bucket<Item>>();
  /** No bucket before this index has items. */
  #first = Infinity;
  #last = -Infinity;

  /** Adds an item that is in no queue; omit items that are never due. */
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

  /** Removes an item, given the time it was added with; does nothing where it is absent. */
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

  /** Returns the item that has been due for longest, without removing it. */
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
