import { dirname } from "node:path";
import { ConfigError, formatProblem } from "../../config/problem.js";
import type { EventBus } from "../../events/event.js";
import type { Identity, LeaseKey } from "../../machine/lease-key.js";
import { NO_MAC } from "../../net/mac.js";
import type { Clock } from "../../common/clock.js";
import { asError } from "../../common/error.js";
import { HostIndex } from "../host-index.js";
import { keysOf, type Host } from "../host.js";
import { parseAside } from "./parse-aside.js";
import type { ParsedHosts } from "./parse-hosts.js";
import type { HostSource } from "../source.js";
import { WatchedFile } from "./watched-file.js";

/**
 * The hosts of a YAML or JSON file. Follows the file: a valid edit replaces all hosts at once; an invalid one changes
 * nothing.
 */
export class FileHosts implements HostSource {
  readonly #path: string;
  readonly #events: EventBus;
  readonly #file: WatchedFile;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<() => void>();
  #index = new HostIndex([]);

  private constructor(path: string, events: EventBus, clock: Clock) {
    this.#path = path;
    this.#events = events;
    this.#file = new WatchedFile(path, clock);
  }

  /**
   * Reads the file.
   *
   * @param path absolute
   * @throws {ConfigError} where it cannot be read, with every problem found
   */
  static async open(path: string, events: EventBus, clock: Clock): Promise<FileHosts> {
    const source = new FileHosts(path, events, clock);
    source.#index = new HostIndex(await source.#readFirst());
    return source;
  }

  start(): void {
    this.#announce(new HostIndex([]));
    this.#file.follow({
      onContent: (text) => this.#take(text),
      onTrouble: (reason) => {
        this.#refuse([reason]);
      },
    });
  }

  find(who: Identity): Host | undefined {
    return this.#index.find(who);
  }

  *reserved(): Iterable<Host> {
    for (const host of this.#index.hosts) if (host.address !== undefined) yield host;
  }

  known(): readonly Host[] {
    return this.#index.hosts;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    this.#closing.abort();
    this.#file.close();
    this.#listeners.clear();
  }

  /** The number of hosts. */
  get size(): number {
    return this.#index.hosts.length;
  }

  async #readFirst(): Promise<readonly Host[]> {
    const { hosts, problems } = await this.#parse(await this.#readText());
    if (problems.length > 0) throw new ConfigError(this.#path, problems);
    return hosts;
  }

  async #readText(): Promise<string> {
    try {
      return await this.#file.read();
    } catch (error) {
      const got = asError(error).message;
      throw new ConfigError(this.#path, [{ expected: "a file of machines that can be read", got }]);
    }
  }

  async #take(text: string): Promise<void> {
    const { hosts, problems } = await this.#parse(text);
    if (this.#closing.signal.aborted) return;
    if (problems.length > 0) {
      this.#refuse(problems.map((problem) => formatProblem(this.#path, problem)));
      return;
    }
    const former = this.#index;
    this.#index = new HostIndex(hosts);
    this.#announce(former);
    for (const listener of [...this.#listeners]) listener();
  }

  #announce(former: HostIndex): void {
    this.#events.publish({ kind: "hosts-changed", source: this.#path, ...difference(former, this.#index) });
  }

  #parse(text: string): Promise<ParsedHosts> {
    const request = { text, source: this.#path, directory: dirname(this.#path) };
    return parseAside(request, this.#closing.signal);
  }

  #refuse(problems: readonly string[]): void {
    this.#events.publish({ kind: "hosts-refused", source: this.#path, problems, kept: this.size });
  }
}

function difference(
  former: HostIndex,
  { hosts }: HostIndex,
): Readonly<Record<"hosts" | "added" | "changed" | "gone", number>> {
  const before = hosts.map((host) => former.get(nameOf(host)));
  const added = before.filter((host) => host === undefined).length;
  const changed = hosts.filter((host, index) => {
    const other = before[index];
    return other !== undefined && contentOf(other) !== contentOf(host);
  }).length;
  return { hosts: hosts.length, added, changed, gone: former.hosts.length - (hosts.length - added) };
}

/** Returns the key of a host; in the file every host has exactly one. */
function nameOf(host: Host): LeaseKey {
  return keysOf(host)[0] ?? NO_MAC;
}

/** Returns the content of a host without its origin, for comparison. */
function contentOf(host: Host): string {
  return JSON.stringify({ ...host, origins: [] });
}
