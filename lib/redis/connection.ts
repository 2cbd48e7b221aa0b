import { readFile } from "node:fs/promises";
import { asError } from "../common/error.js";
import { connectionError, isRefusal, RedisError } from "./error.js";
import type { LinkParts, Login } from "./link.js";
import { openRedis, type OpenRedis } from "./open.js";
import type { Redis } from "./redis.js";
import { describeTarget, type RedisTarget } from "./target.js";

/** How to reach a Redis. Files are read anew for each connection, since what they hold may be replaced. */
export interface RedisSettings {
  readonly target: RedisTarget;
  /** The file of the password, which counts before that of the URL. */
  readonly passwordFile: string | undefined;
  /** The file of the certificates to trust instead of the system's, in PEM. */
  readonly caFile: string | undefined;
}

/** The owner of a connection, which is told of its changes. */
export interface RedisListener {
  /**
   * Takes a Redis that is connected, and does what is to be done first. Where the promise is rejected, the connection is
   * given up and made again later, as if it had been lost. The Redis may be used until {@link away}.
   */
  begin(redis: Redis): Promise<void>;
  /**
   * Takes the reason why there is no connection: once when it is lost or the first one cannot be made, and again where
   * the reason becomes another.
   */
  away(reason: RedisError): void;
}

/** Pauses between two tries, in milliseconds: the first, the longest, and that after the server refused the user. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 15_000;
const REFUSED_PAUSE = 60_000;

/**
 * A lasting connection to a Redis. It is made anew whenever it is lost, with pauses that double, and jitter so that
 * several daemons do not come at once.
 */
export class RedisConnection {
  readonly name: string;
  readonly #settings: RedisSettings;
  readonly #listener: RedisListener;
  readonly #parts: LinkParts & { readonly random: () => number };
  #redis: OpenRedis | undefined;
  #cancelRetry: (() => void) | undefined;
  /** The failed tries since the last connection. */
  #failures = 0;
  /** The reasons that were told since then. */
  readonly #told = new Set<string>();
  #closed = false;

  /** Begins to connect. The listener is called later. */
  constructor(settings: RedisSettings, listener: RedisListener, parts: LinkParts & { readonly random: () => number }) {
    this.name = describeTarget(settings.target);
    this.#settings = settings;
    this.#listener = listener;
    this.#parts = parts;
    void this.#try();
  }

  /** Ends it; the listener is not called again. */
  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#redis?.close();
    this.#redis = undefined;
  }

  /** Gives the connection up for a reason, and makes it again later. */
  fail(reason: RedisError): void {
    const redis = this.#redis;
    if (redis === undefined) return;
    redis.close();
    this.#lose(reason);
  }

  async #try(): Promise<void> {
    const ended = new AbortController();
    try {
      const login = await readLogin(this.#settings);
      const redis = await openRedis(this.#settings.target, login, this.#parts, (reason) => {
        ended.abort();
        this.#lose(reason);
      });
      if (this.#closed || ended.signal.aborted) {
        redis.close();
        return;
      }
      this.#redis = redis;
      await this.#begin(redis);
    } catch (error) {
      this.#lose(connectionError(error, this.name));
    }
  }

  async #begin(redis: OpenRedis): Promise<void> {
    try {
      await this.#listener.begin(redis);
      this.#failures = 0;
      this.#told.clear();
    } catch (error) {
      // Where it was lost meanwhile, that is told already.
      if (this.#redis === redis) this.fail(connectionError(error, this.name));
    }
  }

  #lose(reason: RedisError): void {
    if (this.#closed) return;
    this.#redis = undefined;
    if (!this.#told.has(reason.message)) this.#listener.away(reason);
    this.#told.add(reason.message);
    const doubled = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures);
    this.#failures += 1;
    const pause = isRefusal(reason) ? REFUSED_PAUSE : doubled * (0.5 + this.#parts.random() / 2);
    this.#cancelRetry = this.#parts.clock.after(pause, () => {
      void this.#try();
    });
  }
}

/** Reads the files of how to log in. @throws {RedisError} with the path of one that cannot be read */
export async function readLogin({ target, passwordFile, caFile }: RedisSettings): Promise<Login> {
  const { user, database, tls } = target;
  const password = passwordFile === undefined ? target.password : (await readText(passwordFile)).replace(/\r?\n$/, "");
  const ca = caFile === undefined || !tls ? undefined : await readText(caFile);
  return { user, password, database, tls: tls ? { ca } : undefined };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new RedisError(`${path} cannot be read: ${asError(error).message}`);
  }
}
