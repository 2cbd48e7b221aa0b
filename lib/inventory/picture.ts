import type { EventBus } from "../events/event.js";
import type { Identity } from "../machine/lease-key.js";
import type { HostEntry } from "./entry.js";
import { HostIndex } from "./host-index.js";
import type { Host } from "./host.js";
import type { HostListener } from "./source.js";

/**
 * What a source knows now: its hosts, and who is to hear of changes. A change reaches the index first, then the
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
    this.#publish(this.size, 0, 0);
  }

  /** Goes by other hosts. @param entries all of them */
  take(entries: Iterable<HostEntry>): void {
    const changes = this.#index.differencesTo(entries);
    const added = changes.set.filter(({ id }) => !this.#index.has(id)).length;
    this.#index.apply(changes);
    const led = [...this.#listeners].flatMap((listener) => listener(changes));
    this.#publish(added, changes.set.length - added, changes.gone.length);
    for (const event of led) this.#events.publish(event);
  }

  /** Forgets the listeners. */
  close(): void {
    this.#listeners.clear();
  }

  #publish(added: number, changed: number, gone: number): void {
    this.#events.publish({ kind: "hosts-changed", source: this.#source, hosts: this.size, added, changed, gone });
  }
}
