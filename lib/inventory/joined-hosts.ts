import type { Identity } from "../machine/lease-key.js";
import { mergeHosts, type Host } from "./host.js";
import type { HostSource } from "./source.js";

/**
 * Several sources as one. What they know of a machine is put together: each of its facts is that of the first source
 * that says it.
 */
export class JoinedHosts implements HostSource {
  readonly #sources: readonly HostSource[];

  /** @param sources the one that counts most first */
  constructor(sources: readonly HostSource[]) {
    this.#sources = sources;
  }

  find(who: Identity): Host | undefined | Promise<Host | undefined> {
    const found = this.#sources.map((source) => source.find(who));
    // What is known at once is told at once: only who has to wait costs the requests a turn.
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
    const ends = this.#sources.map((source) => source.onChange(listener));
    return () => {
      for (const end of ends) end();
    };
  }

  async close(): Promise<void> {
    for (const source of this.#sources) await source.close();
  }
}

type Known = Host | undefined;

async function settled(host: Known | Promise<Known>): Promise<Known> {
  return await host;
}

/** What is said of the client identifier is said of this machine more precisely than what is said of its address. */
function join(found: readonly Known[], { clientId }: Identity): Known {
  const hosts = found.filter((host) => host !== undefined);
  const precise = hosts.filter((host) => host.clientId !== undefined && host.clientId === clientId);
  return [...precise, ...hosts.filter((host) => !precise.includes(host))].reduce<Known>(
    (first, host) => (first === undefined ? host : mergeHosts(first, host)),
    undefined,
  );
}
