import type { Reply } from "../../redis/client-module.js";
import { RedisError } from "../../redis/error.js";
import type { Redis, RedisServer } from "../../redis/redis.js";
import { PREFIXES, type HashFields } from "./record.js";
import type { ReadKey } from "./records.js";

/**
 * Keys that a server looks at for one SCAN, and hashes that are asked for at once. Their replies are decoded in one turn
 * of the event loop, which must not take 50 ms.
 */
const SCAN_COUNT = "500";
const HASHES_AT_ONCE = 250;

/** Takes some keys as they are now. */
export type TakeKeys = (keys: ReadonlyMap<string, ReadKey>) => void;

/**
 * Reads all groups and then all machines. A key that comes meanwhile may be missing; one that was there all the time is
 * not.
 *
 * @param take is called for some hundred keys at a time
 * @returns the keys that were read
 * @throws {RedisError} where not all could be read
 */
export async function readAllKeys(redis: Redis, take: TakeKeys): Promise<ReadonlySet<string>> {
  const done = new Set<string>();
  for (const prefix of PREFIXES) {
    for (const server of redis.servers) {
      for await (const keys of scan(server, `${prefix}*`)) {
        // SCAN may name a key twice.
        const unread = keys.filter((key) => !done.has(key));
        for (const key of unread) done.add(key);
        await readFrom(server, unread, take);
      }
    }
  }
  return done;
}

/** Reads some keys. @throws {RedisError} where not all could be read */
export async function readKeys(redis: Redis, keys: readonly string[], take: TakeKeys): Promise<void> {
  const byServer = new Map<RedisServer, string[]>(redis.servers.map((server) => [server, []]));
  for (const key of keys) byServer.get(redis.serverOf(key))?.push(key);
  for (const [server, own] of byServer) await readFrom(server, own, take);
}

async function readFrom(server: RedisServer, keys: readonly string[], take: TakeKeys): Promise<void> {
  for (let first = 0; first < keys.length; first += HASHES_AT_ONCE) {
    const some = keys.slice(first, first + HASHES_AT_ONCE);
    const replies = await server.sendAll(some.map((key) => ["HGETALL", key]));
    take(new Map(some.map((key, index) => [key, readKeyOf(replies[index] ?? null)])));
  }
}

/** @throws {RedisError} what does not concern this key alone */
function readKeyOf(reply: Reply | RedisError): ReadKey {
  if (!(reply instanceof RedisError)) return fieldsOf(reply);
  // A key of another type is wrong for good; other errors tell nothing of the key.
  if (reply.code === "WRONGTYPE") return reply;
  throw reply;
}

/** Returns the fields of a reply to HGETALL; undefined where there is no such key. */
function fieldsOf(reply: Reply): HashFields | undefined {
  if (!Array.isArray(reply) || reply.length === 0) return undefined;
  const texts = reply as readonly Reply[];
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < texts.length; index += 2) fields.set(String(texts[index]), String(texts[index + 1]));
  return fields;
}

async function* scan(server: RedisServer, pattern: string): AsyncGenerator<readonly string[]> {
  let cursor = "0";
  do {
    const reply = await server.send(["SCAN", cursor, "MATCH", pattern, "COUNT", SCAN_COUNT]);
    const [next, keys] = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
    if (typeof next !== "string" || !Array.isArray(keys))
      throw new RedisError(`${server.name} does not answer SCAN as a Redis does`);
    yield keys.filter((key): key is string => typeof key === "string");
    cursor = next;
  } while (cursor !== "0");
}
