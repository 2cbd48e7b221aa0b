import type { Clock } from "../../common/clock.js";
import { asError } from "../../common/error.js";
import type { EventBus } from "../../events/event.js";
import type { Identity } from "../../machine/lease-key.js";
import type { HostEntry } from "../entry.js";
import { sameFacts } from "../entry.js";
import { HostIndex } from "../host-index.js";
import { keysOf, type Host } from "../host.js";
import { CURRENT, type HostListener, type HostSource, type SourceState } from "../source.js";
import { shownUrl } from "../url/shown-url.js";
import { hostIn, queryAbout } from "./api-answer.js";
import { openApi, type AskApi } from "./ask-api.js";

/** Milliseconds for which an answer about a known machine serves without another question. */
const FRESH_MILLISECONDS = 5000;
/** Milliseconds from a failure to the next question: a source that is away is not asked for each machine. */
const REST_MILLISECONDS = 1000;
/** Most machines remembered. */
const MOST_MACHINES = 65_536;

/** An answer about a known machine. */
interface Remembered {
  readonly entry: HostEntry;
  /** On the clock's scale. */
  readonly at: number;
}

/** The parts of {@link ApiHosts}. */
export interface ApiHostsParts {
  /** The name of the API, for messages. */
  readonly source: string;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly ask: AskApi;
  /** Closes the connections. */
  readonly close: () => Promise<void>;
}

/**
 * The machines that an API of api-dhcpd knows; it is asked about each. An answer serves for five seconds, and for longer
 * while the API cannot be asked. Repetitions of a question wait for the same answer.
 */
export class ApiHosts implements HostSource {
  readonly #parts: ApiHostsParts;
  readonly #known = new HostIndex([]);
  readonly #remembered = new Map<string, Remembered>();
  readonly #asking = new Map<string, Promise<Host | undefined>>();
  readonly #listeners = new Set<HostListener>();
  /** When the first of the failures since the last answer was, on the clock's scale, and what it was. */
  #away: { readonly since: number; readonly date: number; readonly reason: string } | undefined;
  /** When the API may be asked again, on the clock's scale. */
  #restsUntil = -Infinity;
  /** When the last answer came, in milliseconds since 1970. */
  #answered: number | undefined;
  #started = false;

  constructor(parts: ApiHostsParts) {
    this.#parts = parts;
  }

  /** Opens the source. Nothing is asked before a machine is. */
  static open(url: URL, events: EventBus, clock: Clock): ApiHosts {
    return new ApiHosts({ source: shownUrl(url), events, clock, ...openApi(url) });
  }

  find(who: Identity): Host | undefined | Promise<Host | undefined> {
    const key = `${who.mac} ${who.clientId ?? ""}`;
    const known = this.#remembered.get(key);
    const now = this.#parts.clock.now();
    if (known !== undefined && now - known.at < FRESH_MILLISECONDS) return known.entry.host;
    const asked = this.#asking.get(key);
    if (asked !== undefined) return asked;
    if (now < this.#restsUntil) return known === undefined ? Promise.reject(this.#trouble()) : known.entry.host;
    const asking = this.#ask(who, key).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  /** Returns the machines that were asked about. */
  known(): Iterable<HostEntry> {
    return this.#known.entries();
  }

  state(): SourceState {
    if (this.#away === undefined) return CURRENT;
    const { date: since, reason } = this.#away;
    return this.#answered !== undefined ? { kind: "stale", since, reason } : { kind: "unknown", reason };
  }

  onChange(listener: HostListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  start(): void {
    this.#started = true;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#parts.close();
  }

  async #ask(who: Identity, key: string): Promise<Host | undefined> {
    const { ask, source } = this.#parts;
    try {
      const host = hostIn(await ask(queryAbout(who)), who, source);
      this.#note(undefined);
      this.#take(key, host);
      return host;
    } catch (error) {
      this.#note(asError(error).message);
      const known = this.#remembered.get(key);
      if (known === undefined) throw this.#trouble();
      return known.entry.host;
    }
  }

  /** @param trouble why a question was not answered; undefined where it was */
  #note(trouble: string | undefined): void {
    const { clock, events, source } = this.#parts;
    const away = this.#away;
    if (trouble !== undefined) {
      this.#restsUntil = clock.now() + REST_MILLISECONDS;
      if (away !== undefined) return;
      this.#away = { since: clock.now(), date: clock.date(), reason: trouble };
      const [known, asOf] = [this.#known.size, this.#answered];
      if (this.#started) events.publish({ kind: "hosts-away", source, reason: trouble, known, asOf });
      return;
    }
    this.#answered = clock.date();
    this.#restsUntil = -Infinity;
    this.#away = undefined;
    if (away === undefined || !this.#started) return;
    events.publish({ kind: "hosts-back", source, seconds: (clock.now() - away.since) / 1000 });
  }

  #trouble(): Error {
    return new Error(`${this.#parts.source}: ${this.#away?.reason ?? "it was not asked"}`);
  }

  /** Goes by an answer. */
  #take(key: string, host: Host | undefined): void {
    const former = this.#remembered.get(key)?.entry;
    if (host === undefined) {
      this.#forget(key, former);
      return;
    }
    if (former === undefined && this.#remembered.size >= MOST_MACHINES) this.#forgetOldest();
    const entry = { id: keysOf(host)[0] ?? "", place: 0, host };
    this.#remembered.set(key, { entry, at: this.#parts.clock.now() });
    const same = former?.id === entry.id ? former : undefined;
    if (former !== undefined && same === undefined) this.#change([], [former]);
    if (same === undefined || !sameFacts(same.host, host)) this.#change([entry], []);
  }

  #forget(key: string, entry: HostEntry | undefined): void {
    this.#remembered.delete(key);
    if (entry !== undefined) this.#change([], [entry]);
  }

  /** Forgets the machine that became known first. */
  #forgetOldest(): void {
    for (const [key, { entry }] of this.#remembered) {
      this.#forget(key, entry);
      return;
    }
  }

  #change(set: readonly HostEntry[], gone: readonly HostEntry[]): void {
    const changes = { set, moved: [], gone };
    this.#known.apply(changes);
    const led = [...this.#listeners].flatMap((listener) => listener(changes));
    if (this.#started) for (const event of led) this.#parts.events.publish(event);
  }
}
