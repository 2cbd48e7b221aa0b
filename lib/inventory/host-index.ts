import type { LeaseKey, Identity } from "../machine/lease-key.js";
import { byPrecedence, sameFacts, type HostChanges, type HostEntry } from "./entry.js";
import { EntryGroups } from "./entry-groups.js";
import { keysOf, type Host } from "./host.js";

/** An index of hosts by all their keys. */
export class HostIndex {
  readonly #byId = new Map<string, HostEntry>();
  readonly #byKey = new EntryGroups<LeaseKey>();

  /** @param entries of two hosts with the same key the one that takes precedence is found */
  constructor(entries: Iterable<HostEntry>) {
    for (const entry of entries) this.#add(entry);
  }

  /** The number of hosts. */
  get size(): number {
    return this.#byId.size;
  }

  /** Returns the hosts in order of precedence. */
  entries(): readonly HostEntry[] {
    return [...this.#byId.values()].sort(byPrecedence);
  }

  /** Whether a host has this id. */
  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Returns the host with exactly this key. */
  get(key: LeaseKey): Host | undefined {
    return this.#byKey.first(key)?.host;
  }

  /** Finds the host of a client. A client identifier takes precedence over a hardware address. */
  find({ mac, clientId }: Identity): Host | undefined {
    return (clientId === undefined ? undefined : this.get(clientId)) ?? this.get(mac);
  }

  /** Returns the differences from these hosts to others. @param entries all hosts of the next state */
  differencesTo(entries: Iterable<HostEntry>): HostChanges {
    const set: HostEntry[] = [];
    const moved: HostEntry[] = [];
    const all = [...entries];
    let stayed = 0;
    for (const entry of all) {
      const former = this.#byId.get(entry.id);
      if (former !== undefined) stayed += 1;
      if (former === undefined || !sameFacts(former.host, entry.host)) set.push(entry);
      else if (!isAtSamePlace(former, entry)) moved.push(entry);
    }
    return { set, moved, gone: stayed === this.size ? [] : this.#without(all) };
  }

  /** Goes by differences, in time proportional to them. */
  apply({ set, moved, gone }: HostChanges): void {
    for (const { id } of gone) this.#remove(id);
    for (const entry of [...moved, ...set]) {
      this.#remove(entry.id);
      this.#add(entry);
    }
  }

  #without(entries: readonly HostEntry[]): readonly HostEntry[] {
    const ids = new Set(entries.map(({ id }) => id));
    return [...this.#byId.values()].filter(({ id }) => !ids.has(id));
  }

  #add(entry: HostEntry): void {
    this.#byId.set(entry.id, entry);
    for (const key of keysOf(entry.host)) this.#byKey.add(key, entry);
  }

  #remove(id: string): void {
    const former = this.#byId.get(id);
    if (former === undefined) return;
    this.#byId.delete(id);
    for (const key of keysOf(former.host)) this.#byKey.delete(key, former);
  }
}

function isAtSamePlace(one: HostEntry, other: HostEntry): boolean {
  const [from, to] = [one.host.origins, other.host.origins];
  return (
    one.place === other.place &&
    from.length === to.length &&
    from.every(({ source, line }, index) => source === to[index]?.source && line === to[index].line)
  );
}
