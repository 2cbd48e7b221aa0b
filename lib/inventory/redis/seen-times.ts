import type { Clock } from "../../common/clock.js";
import { RedisError } from "../../redis/error.js";
import type { Redis, RedisServer } from "../../redis/redis.js";

/** Least time between two writes for one machine, and the time in which what is to be written is gathered; milliseconds. */
const PAUSE_MILLISECONDS = 60_000;
const GATHER_MILLISECONDS = 1000;

/** Keys that are written at once. */
const AT_ONCE = 500;

/** Sets `ts` of a key that is still there, by the clock of the server. */
const SCRIPT =
  "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'ts', redis.call('TIME')[1]) end return 1";

/**
 * Writes `ts`, when a machine was last seen, as api-dhcpd does: for many machines at once, and at most once a minute for
 * each. What cannot be written is left out, since the next request writes it.
 */
export class SeenTimes {
  readonly #clock: Clock;
  readonly #refused: (reason: RedisError) => void;
  readonly #written = new Map<string, number>();
  #pending = new Set<string>();
  #redis: Redis | undefined;
  #cancel: (() => void) | undefined;

  /** @param refused is called where a server refuses the writes, which ends them until the next {@link use} */
  constructor(clock: Clock, refused: (reason: RedisError) => void) {
    this.#clock = clock;
    this.#refused = refused;
  }

  /** Writes to another Redis from now on, to none where it is undefined. */
  use(redis: Redis | undefined): void {
    this.#redis = redis;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#pending.clear();
  }

  /** The machine of a key was seen now. */
  see(key: string): void {
    if (this.#redis === undefined) return;
    const now = this.#clock.now();
    if (now - (this.#written.get(key) ?? -Infinity) < PAUSE_MILLISECONDS) return;
    this.#written.set(key, now);
    this.#pending.add(key);
    this.#cancel ??= this.#clock.after(GATHER_MILLISECONDS, () => {
      this.#cancel = undefined;
      void this.#flush();
    });
  }

  /** Forgets a key that is gone. */
  forget(key: string): void {
    this.#written.delete(key);
    this.#pending.delete(key);
  }

  async #flush(): Promise<void> {
    const redis = this.#redis;
    const keys = [...this.#pending];
    this.#pending = new Set();
    if (redis === undefined) return;
    try {
      for (const [server, own] of byServer(redis, keys)) {
        for (let first = 0; first < own.length; first += AT_ONCE)
          await write(server, own.slice(first, first + AT_ONCE));
      }
    } catch (error) {
      // Where the connection ended, the next one is told of.
      if (!(error instanceof RedisError) || error.code === undefined || this.#redis !== redis) return;
      this.use(undefined);
      this.#refused(error);
    }
  }
}

function byServer(redis: Redis, keys: readonly string[]): ReadonlyMap<RedisServer, readonly string[]> {
  const sorted = new Map<RedisServer, string[]>(redis.servers.map((server) => [server, []]));
  for (const key of keys) sorted.get(redis.serverOf(key))?.push(key);
  return sorted;
}

async function write(server: RedisServer, keys: readonly string[]): Promise<void> {
  const replies = await server.sendAll(keys.map((key) => ["EVAL", SCRIPT, "1", key]));
  const refused = replies.find((reply) => reply instanceof RedisError);
  if (refused !== undefined) throw refused;
}
