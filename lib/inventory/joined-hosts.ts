import type { Identity } from "../machine/lease-key.js";
import { mergeHosts, type Host } from "./host.js";
import type { HostSource } from "./source.js";

/** Several sources as one. Merges what they define for a host: each fact is taken from the first source that has it. */
export class JoinedHosts implements HostSource {
  readonly #sources: readonly HostSource[];
  readonly #listeners = new Set<() => void>();
  readonly #ends: readonly (() => void)[];

  /** @param sources in order of precedence */
  constructor(sources: readonly HostSource[]) {
    this.#sources = sources;
    this.#ends = sources.map((source) =>
      source.onChange(() => {
        for (const listener of [...this.#listeners]) listener();
      }),
    );
  }

  find(who: Identity): Host | undefined | Promise<Host | undefined> {
    const found = this.#sources.map((source) => source.find(who));
    // Answers at once where all sources do: a promise costs the request a turn of the event loop.
    const known = found.filter((host): host is Known => !(host instanceof Promise));
    if (known.length === found.length) return join(known, who);
    return Promise.all(found.map(settled)).then((all) => join(all, who));
  }

  *reserved(): Iterable<Host> {
    for (const source of this.#sources) yield* source.reserved();
  }

  *known(): Iterable<Host> {
    for (const source of this.#sources) yield* source.known();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  start(): void {
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
