import type { Clock } from "../../common/clock.js";
import { asError } from "../../common/error.js";
import type { EventBus } from "../../events/event.js";
import { HeldEvents } from "../../events/held-events.js";
import type { Identity } from "../../machine/lease-key.js";
import { checkRedis } from "../../redis/checks.js";
import type { ClientModule } from "../../redis/client-module.js";
import { RedisConnection, type RedisSettings } from "../../redis/connection.js";
import { isRefusal, RedisError } from "../../redis/error.js";
import type { Redis } from "../../redis/redis.js";
import { describeTarget } from "../../redis/target.js";
import type { HostChanges, HostEntry } from "../entry.js";
import type { Host } from "../host.js";
import { Picture, type HostCounts } from "../picture.js";
import type { HostListener, HostSource, SourceState } from "../source.js";
import { Keeper } from "../remote/keeper.js";
import type { Snapshot, SnapshotFile } from "../remote/snapshot.js";
import { Standing } from "../remote/standing.js";
import { Doubt } from "./doubt.js";
import { loadForRedis } from "./load.js";
import { readAllKeys, readKeys } from "./reading.js";
import { PREFIXES } from "./record.js";
import { RedisRecords, type ReadKey } from "./records.js";
import { SeenTimes } from "./seen-times.js";

/** The time in which changed keys are gathered before they are read. */
const GATHER_MILLISECONDS = 50;
/** The pause between two readings where the server does not tell what changes: at least this, and ten times a reading. */
const POLL_MILLISECONDS = 1000;
const POLL_SHARE = 10;
/** The pause before it is asked again whether many machines are gone. */
const DOUBT_MILLISECONDS = 10_000;

/** Machines that get what their group says in one turn of the event loop. */
const REFRESHED_AT_ONCE = 500;
/** The time in which changes are gathered before they are kept on disk, in milliseconds. */
const KEEP_MILLISECONDS = 10_000;

/** The parts of {@link RedisHosts}. */
export interface RedisHostsParts {
  readonly events: EventBus;
  readonly clock: Clock;
  /** Returns a number from 0 up to 1. */
  readonly random: () => number;
  /** The longest time that opening waits for the first reading, in milliseconds. */
  readonly firstMilliseconds: number;
  /** Keeps the last good picture. */
  readonly snapshot: SnapshotFile;
  /** Whether `ts` is written. */
  readonly writes: boolean;
}

/** The outcome of one reading. */
interface Tally extends HostCounts {
  readonly problems: string[];
  /** The keys of the machines whose group changed. */
  readonly members: Set<string>;
}

/** The machines that a Redis has as api-dhcpd writes them. It is read into memory and followed; it is asked for no request. */
export class RedisHosts implements HostSource {
  readonly #name: string;
  readonly #parts: RedisHostsParts;
  readonly #events: HeldEvents;
  readonly #clock: Clock;
  readonly #connection: RedisConnection;
  readonly #records: RedisRecords;
  readonly #picture: Picture;
  readonly #standing: Standing;
  readonly #keeper: Keeper;
  readonly #times: SeenTimes;
  readonly #ends: (() => void)[] = [];
  /** Settled when the first try to read has ended, well or not. */
  readonly #tried: Promise<void>;
  #haveTried: () => void = () => undefined;
  #started = false;
  #redis: Redis | undefined;
  /** The keys that changed since they were read; undefined: any of them. */
  #changed: Set<string> | undefined = new Set();
  #busy = false;
  #cancel: (() => void) | undefined;
  #cancelDoubt: (() => void) | undefined;
  readonly #doubt = new Doubt();
  /** The warnings that were published. */
  readonly #warned = new Set<string>();

  private constructor(
    settings: RedisSettings,
    parts: RedisHostsParts,
    module: ClientModule,
    snapshot: Snapshot | undefined,
  ) {
    const { clock, random } = parts;
    this.#name = describeTarget(settings.target);
    this.#parts = parts;
    this.#events = new HeldEvents(parts.events);
    this.#clock = clock;
    this.#standing = new Standing(this.#name, this.#events, clock, snapshot?.time);
    this.#keeper = new Keeper({
      file: parts.snapshot,
      clock,
      events: this.#events,
      source: this.#name,
      picture: () => this.#snapshot(),
    });
    this.#records = new RedisRecords(this.#name);
    this.#records.restore(snapshot?.entries ?? []);
    this.#picture = new Picture(this.#name, this.#events, snapshot?.entries ?? []);
    this.#times = new SeenTimes(clock, (reason) => {
      this.#warn([`ts is not written: ${reason.message}`]);
    });
    this.#tried = new Promise((resolve) => {
      this.#haveTried = resolve;
    });
    const listener = {
      begin: (redis: Redis) => this.#begin(redis),
      away: (reason: RedisError) => {
        this.#lose(reason);
      },
    };
    this.#connection = new RedisConnection(settings, listener, { module, clock, random });
  }

  /**
   * Takes up the last picture, connects and reads all machines. Waits for the Redis for a while, but not on it.
   *
   * @throws {ConfigError} where the package for it, or a file that the settings name, cannot be read
   */
  static async open(settings: RedisSettings, parts: RedisHostsParts): Promise<RedisHosts> {
    const module = await loadForRedis(settings);
    const name = describeTarget(settings.target);
    const kept = await parts.snapshot.load(name);
    const source = new RedisHosts(settings, parts, module, kept !== undefined && "entries" in kept ? kept : undefined);
    if (kept !== undefined && "useless" in kept)
      source.#events.publish({ kind: "snapshot-ignored", source: name, reason: kept.useless });
    await new Promise<void>((resolve) => {
      const cancel = parts.clock.after(parts.firstMilliseconds, resolve);
      void source.#tried.then(() => {
        cancel();
        resolve();
      });
    });
    return source;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#events.release();
    this.#keepSoon();
    this.#ends.push(
      this.#parts.events.subscribe((event) => {
        if (event.kind === "dhcp-offered" || event.kind === "dhcp-leased") this.#see(event.machine.mac);
      }),
    );
  }

  find(who: Identity): Host | undefined {
    return this.#picture.find(who);
  }

  known(): readonly HostEntry[] {
    return this.#picture.known();
  }

  state(): SourceState {
    return this.#standing.state;
  }

  onChange(listener: HostListener): () => void {
    return this.#picture.onChange(listener);
  }

  async close(): Promise<void> {
    this.#cancel?.();
    this.#cancelDoubt?.();
    this.#times.use(undefined);
    for (const end of this.#ends) end();
    this.#redis = undefined;
    this.#connection.close();
    this.#picture.close();
    await this.#keeper.close();
  }

  async #begin(redis: Redis): Promise<void> {
    this.#redis = redis;
    const { warnings, writable } = await checkRedis(redis);
    const follows = await this.#follow(redis);
    await this.#read(redis, undefined);
    this.#warn(follows === undefined ? warnings : [...warnings, follows]);
    if (writable && this.#parts.writes) this.#times.use(redis);
    this.#haveTried();
  }

  #lose(reason: RedisError): void {
    this.#redis = undefined;
    this.#times.use(undefined);
    this.#cancel?.();
    this.#cancel = undefined;
    this.#cancelDoubt?.();
    this.#standing.followed();
    // A server that refuses the user is another matter than one that is away.
    this.#standing.lose(reason.message, this.#picture.size, isRefusal(reason));
    this.#haveTried();
  }

  /** Has the servers tell what changes. @returns why they do not, in which case all is read again and again */
  async #follow(redis: Redis): Promise<string | undefined> {
    this.#changed = new Set();
    try {
      for (const server of redis.servers) {
        await server.track(PREFIXES, (keys) => {
          if (this.#redis === redis) this.#note(keys);
        });
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof RedisError) || error.code === undefined) throw error;
      this.#pollLater(redis, POLL_MILLISECONDS);
      return `changes are looked for each second or less often, since ${error.message}`;
    }
  }

  #pollLater(redis: Redis, milliseconds: number): void {
    this.#cancel = this.#clock.after(milliseconds, () => {
      const began = this.#clock.now();
      void this.#readAgain(redis, undefined).then(() => {
        const pause = Math.max(POLL_MILLISECONDS, POLL_SHARE * (this.#clock.now() - began));
        if (this.#redis === redis) this.#pollLater(redis, pause);
      });
    });
  }

  /** Keys changed, or any of them where none are named. */
  #note(keys: readonly string[] | undefined): void {
    if (keys === undefined) this.#changed = undefined;
    else for (const key of keys) this.#changed?.add(key);
    this.#readSoon();
  }

  #readSoon(): void {
    if (this.#busy) return;
    this.#cancel ??= this.#clock.after(GATHER_MILLISECONDS, () => {
      this.#cancel = undefined;
      const [redis, changed] = [this.#redis, this.#changed];
      this.#changed = new Set();
      if (redis !== undefined) void this.#readAgain(redis, changed);
    });
  }

  async #readAgain(redis: Redis, keys: ReadonlySet<string> | undefined): Promise<void> {
    try {
      await this.#read(redis, keys);
    } catch (error) {
      if (this.#redis === redis)
        this.#connection.fail(error instanceof RedisError ? error : new RedisError(asError(error).message));
    }
  }

  /** Reads some keys, all where none are named, and goes by what they say. @throws {RedisError} */
  async #read(redis: Redis, keys: ReadonlySet<string> | undefined): Promise<void> {
    const tally: Tally = { added: 0, changed: 0, gone: 0, problems: [], members: new Set() };
    const missing = new Set<string>();
    const before = this.#picture.size;
    const take = (read: ReadonlyMap<string, ReadKey>): void => {
      if (this.#redis !== redis) return;
      for (const [key, value] of read) if (value === undefined && this.#records.has(key)) missing.add(key);
      this.#apply(new Map([...read].filter(([, value]) => value !== undefined)), tally);
    };
    this.#busy = true;
    try {
      if (keys === undefined) {
        const there = await readAllKeys(redis, take);
        for (const key of this.#records.keys()) if (!there.has(key)) missing.add(key);
      } else await readKeys(redis, [...keys], take);
      await this.#refresh(redis, tally);
    } finally {
      this.#busy = false;
    }
    if (this.#redis !== redis) return;
    if (!this.#doubt.believes(missing, before)) this.#hold(missing.size, before);
    else {
      this.#forget(missing, tally);
      if (keys === undefined) this.#standing.confirm();
    }
    this.#tell(tally);
    this.#warn(tally.problems);
    if (this.#changed === undefined || this.#changed.size > 0) this.#readSoon();
  }

  /** Holds back that many machines are gone, until another reading agrees. */
  #hold(missing: number, known: number): void {
    this.#standing.hold(missing, known);
    this.#cancelDoubt?.();
    this.#cancelDoubt = this.#clock.after(DOUBT_MILLISECONDS, () => {
      this.#note(undefined);
    });
  }

  #forget(keys: ReadonlySet<string>, tally: Tally): void {
    this.#apply(new Map([...keys].map((key) => [key, undefined])), tally);
    for (const key of keys) this.#times.forget(key);
  }

  #apply(read: ReadonlyMap<string, ReadKey>, tally: Tally): void {
    const { problems, members, ...changes } = this.#records.read(read);
    this.#change(changes, tally);
    for (const key of members) tally.members.add(key);
    tally.problems.push(...problems.map(({ key, reason }) => `${key} ${reason}`));
  }

  /** Gives the machines of changed groups what these say, some hundred in each turn of the event loop. */
  async #refresh(redis: Redis, tally: Tally): Promise<void> {
    const keys = [...tally.members];
    for (let first = 0; first < keys.length && this.#redis === redis; first += REFRESHED_AT_ONCE) {
      this.#change(this.#records.refresh(keys.slice(first, first + REFRESHED_AT_ONCE)), tally);
      await new Promise(setImmediate);
    }
  }

  #change({ set, gone }: Pick<HostChanges, "set" | "gone">, counts: HostCounts): void {
    if (set.length + gone.length === 0) return;
    for (const event of this.#picture.apply({ set, moved: [], gone }, counts)) this.#events.publish(event);
  }

  /** Publishes what changed, and how many machines there are where the first reading changes nothing. */
  #tell({ added, changed, gone }: HostCounts): void {
    if (added + changed + gone > 0) {
      const hosts = this.#picture.size;
      this.#events.publish({ kind: "hosts-changed", source: this.#name, hosts, added, changed, gone });
      this.#keepSoon();
    } else if (!this.#started) this.#picture.announce();
  }

  #keepSoon(): void {
    if (!this.#started || this.#standing.asOf === undefined) return;
    this.#keeper.keepWithin(KEEP_MILLISECONDS);
  }

  #snapshot(): Snapshot | undefined {
    const { asOf: time } = this.#standing;
    if (time === undefined) return undefined;
    return { identity: this.#name, time, cursor: undefined, entries: [...this.#records.entries()] };
  }

  /** Publishes warnings that were not published before. */
  #warn(warnings: readonly string[]): void {
    const fresh = warnings.filter((warning) => !this.#warned.has(warning));
    for (const warning of fresh) this.#warned.add(warning);
    if (fresh.length > 0) this.#events.publish({ kind: "hosts-warned", source: this.#name, warnings: fresh });
  }

  #see(mac: Host["macs"][number]): void {
    const key = this.#records.keyOf(mac);
    if (key !== undefined) this.#times.see(key);
  }
}
