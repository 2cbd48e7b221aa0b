import type { Event, EventBus } from "../events/event.js";
import type { Identity } from "../machine/lease-key.js";
import type { HostChanges, HostEntry } from "./entry.js";
import { HostIndex } from "./host-index.js";
import type { Host } from "./host.js";
import type { HostListener } from "./source.js";

/** How many hosts a change adds, changes and removes. */
export interface HostCounts {
  added: number;
  changed: number;
  gone: number;
}

/**
 * The present hosts of a source, and the listeners to its changes. A change reaches the index first, then the
 * listeners, and the log last.
 */
export class Picture {
  readonly #source: string;
  readonly #events: Pick<EventBus, "publish">;
  readonly #index: HostIndex;
  readonly #listeners = new Set<HostListener>();

  /**
   * @param source the name of the source, for events
   * @param entries the first hosts, of which nothing is said
   */
  constructor(source: string, events: Pick<EventBus, "publish">, entries: Iterable<HostEntry>) {
    this.#source = source;
    this.#events = events;
    this.#index = new HostIndex(entries);
  }

  /** The number of hosts. */
  get size(): number {
    return this.#index.size;
  }

  find(who: Identity): Host | undefined {
    return this.#index.find(who);
  }

  known(): readonly HostEntry[] {
    return this.#index.entries();
  }

  onChange(listener: HostListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Publishes how many hosts there are. */
  announce(): void {
    this.#publish({ added: this.size, changed: 0, gone: 0 });
  }

  /** Goes by other hosts, and tells so. @param entries all of them */
  take(entries: Iterable<HostEntry>): void {
    const counts = { added: 0, changed: 0, gone: 0 };
    const led = this.apply(this.#index.differencesTo(entries), counts);
    this.#publish(counts);
    for (const event of led) this.#events.publish(event);
  }

  /**
   * Goes by differences.
   *
   * @param counts is added to
   * @returns the events that they lead to
   */
  apply(changes: HostChanges, counts: HostCounts): readonly Event[] {
    const added = changes.set.filter(({ id }) => !this.#index.has(id)).length;
    counts.added += added;
    counts.changed += changes.set.length - added;
    counts.gone += changes.gone.length;
    this.#index.apply(changes);
    return [...this.#listeners].flatMap((listener) => listener(changes));
  }

  /** Forgets the listeners. */
  close(): void {
    this.#listeners.clear();
  }

  #publish({ added, changed, gone }: HostCounts): void {
    this.#events.publish({ kind: "hosts-changed", source: this.#source, hosts: this.size, added, changed, gone });
  }
}
