import type { Reply } from "./client-module.js";
import type { RedisError } from "./error.js";

/** A command and its arguments. */
export type Command = readonly string[];

/** The connection to one server. */
export interface RedisServer {
  /** The place of the server, for messages: `10.0.0.5:6379`. */
  readonly name: string;
  /** @throws {RedisError} where the server refuses it or does not reply in time */
  send(command: Command): Promise<Reply>;
  /**
   * Sends several commands at once, and waits for all replies.
   *
   * @returns what each was replied, errors too
   * @throws {RedisError} where the connection ends before the last reply
   */
  sendAll(commands: readonly Command[]): Promise<readonly (Reply | RedisError)[]>;
  /**
   * Listens for changes of keys, whoever makes them but this connection itself (CLIENT TRACKING BCAST). Changes made
   * after the promise is fulfilled are told.
   *
   * @param listener takes the changed keys, or undefined where all may have changed (FLUSHALL)
   * @throws {RedisError} where the server does not do it
   */
  track(prefixes: readonly string[], listener: (keys: readonly string[] | undefined) => void): Promise<void>;
}

/** A Redis to which all connections are open. It ends as a whole, with the first of them. */
export interface Redis {
  /** One; of a Redis Cluster all masters, each with its part of the keys. */
  readonly servers: readonly RedisServer[];
  /** Returns the server that has a key. */
  serverOf(key: string): RedisServer;
}
