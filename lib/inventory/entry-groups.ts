import { byPrecedence, type HostEntry } from "./entry.js";

const NONE: readonly HostEntry[] = [];

/** Entries by what they may share, such as a key or an address, in order of precedence. */
export class EntryGroups<Shared> {
  /** Nearly every group has one entry: lists for all would double the memory. */
  readonly #groups = new Map<Shared, HostEntry | readonly HostEntry[]>();

  /** Returns the entries of a group, in order of precedence. */
  of(shared: Shared): readonly HostEntry[] {
    const group = this.#groups.get(shared);
    if (group === undefined) return NONE;
    return isList(group) ? group : [group];
  }

  /** Returns the entry of a group that takes precedence. */
  first(shared: Shared): HostEntry | undefined {
    const group = this.#groups.get(shared);
    return group !== undefined && isList(group) ? group[0] : group;
  }

  add(shared: Shared, entry: HostEntry): void {
    const group = this.#groups.get(shared);
    this.#groups.set(shared, group === undefined ? entry : [...this.of(shared), entry].sort(byPrecedence));
  }

  /** Removes the entry with the same id. */
  delete(shared: Shared, { id }: HostEntry): void {
    const others = this.of(shared).filter((other) => other.id !== id);
    const [first] = others;
    if (first === undefined) this.#groups.delete(shared);
    else this.#groups.set(shared, others.length === 1 ? first : others);
  }
}

function isList(group: HostEntry | readonly HostEntry[]): group is readonly HostEntry[] {
  return Array.isArray(group);
}
