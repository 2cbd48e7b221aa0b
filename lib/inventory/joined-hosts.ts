import type { Identity } from "../machine/lease-key.js";
import type { Event } from "../events/event.js";
import type { HostChanges, HostEntry } from "./entry.js";
import { mergeHosts, type Host } from "./host.js";
import { CURRENT, type HostListener, type HostSource, type SourceState } from "./source.js";

/** Places that each source has to itself. */
const PLACES = 2 ** 40;

/** Several sources as one. Merges what they define for a host: each fact is taken from the first source that has it. */
export class JoinedHosts implements HostSource {
  readonly #sources: readonly HostSource[];
  readonly #listeners = new Set<HostListener>();
  readonly #ends: readonly (() => void)[];
  #started = false;

  /** @param sources in order of precedence */
  constructor(sources: readonly HostSource[]) {
    this.#sources = sources;
    this.#ends = sources.map((source, rank) => source.onChange((changes) => this.#report(changes, rank)));
  }

  find(who: Identity): Host | undefined | Promise<Host | undefined> {
    const found = this.#sources.map((source) => source.find(who));
    // Answers at once where all sources do: a promise costs the request a turn of the event loop.
    const known = found.filter((host): host is Known => !(host instanceof Promise));
    if (known.length === found.length) return join(known, who);
    return Promise.all(found.map(settled)).then((all) => join(all, who));
  }

  *known(): Iterable<HostEntry> {
    for (const [rank, source] of this.#sources.entries()) {
      for (const entry of source.known()) yield ranked(entry, rank);
    }
  }

  /** Returns the state that limits most: one source that is not known yet may know any machine. */
  state(): SourceState {
    let worst = CURRENT;
    for (const source of this.#sources) {
      const state = source.state();
      if (state.kind === "unknown") return state;
      if (worst.kind === "current") worst = state;
    }
    return worst;
  }

  onChange(listener: HostListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  start(): void {
    this.#started = true;
    for (const source of this.#sources) source.start();
  }

  /** Reports no more changes. The sources stay open. */
  detach(): void {
    for (const end of this.#ends) end();
    this.#listeners.clear();
  }

  async close(): Promise<void> {
    this.detach();
    for (const source of this.#sources) await source.close();
  }

  /** Reports a change of one source. What it leads to is not told before the start. */
  #report({ set, moved, gone }: HostChanges, rank: number): readonly Event[] {
    const here = (entries: readonly HostEntry[]): readonly HostEntry[] => entries.map((entry) => ranked(entry, rank));
    const changes = { set: here(set), moved: here(moved), gone: here(gone) };
    const led = [...this.#listeners].flatMap((listener) => listener(changes));
    return this.#started ? led : [];
  }
}

/** Returns an entry of a source as one of all sources. */
function ranked({ id, place, host }: HostEntry, rank: number): HostEntry {
  return { id: `${rank} ${id}`, place: rank * PLACES + place, host };
}

type Known = Host | undefined;

async function settled(host: Known | Promise<Known>): Promise<Known> {
  return await host;
}

/** Merges the hosts found. One with the client's identifier takes precedence over those with its hardware address. */
function join(found: readonly Known[], { clientId }: Identity): Known {
  const hosts = found.filter((host) => host !== undefined);
  const precise = hosts.filter((host) => host.clientId !== undefined && host.clientId === clientId);
  return [...precise, ...hosts.filter((host) => !precise.includes(host))].reduce<Known>(
    (first, host) => (first === undefined ? host : mergeHosts(first, host)),
    undefined,
  );
}
