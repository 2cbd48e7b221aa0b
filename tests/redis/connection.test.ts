/** The connection to a Redis, with real servers: alone, with TLS, users, Sentinels, as a cluster; away, stopped, back. */

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { systemClock, type Clock } from "../../lib/common/clock.js";
import { loadClientModule } from "../../lib/redis/client-module.js";
import { RedisConnection, type RedisSettings } from "../../lib/redis/connection.js";
import { RedisError } from "../../lib/redis/error.js";
import type { Redis, RedisServer } from "../../lib/redis/redis.js";
import { slotOf } from "../../lib/redis/slots.js";
import { parseRedisUrl } from "../../lib/redis/target.js";
import {
  redisCertificate,
  redisSkipReason,
  startCluster,
  startPair,
  startSentinels,
  TestRedis,
  until,
} from "../support/redis-server.js";

const skip = (await redisSkipReason()) ?? false;

/** What a connection told, and the Redis that it has now. */
class Told {
  readonly lines: string[] = [];
  redis: Redis | undefined;

  begin(redis: Redis): Promise<void> {
    this.redis = redis;
    this.lines.push("open");
    return Promise.resolve();
  }

  away(reason: RedisError): void {
    this.redis = undefined;
    this.lines.push(reason.message);
  }

  async open(): Promise<Redis> {
    await until(() => this.redis !== undefined);
    if (this.redis === undefined) throw new Error("lost again");
    return this.redis;
  }

  /** The first server. */
  async server(): Promise<RedisServer> {
    const [first] = (await this.open()).servers;
    if (first === undefined) throw new Error("no server");
    return first;
  }

  async lost(): Promise<void> {
    await until(() => this.redis === undefined && this.lines.length > 0);
  }
}

async function connect(
  t: Test,
  url: string,
  more: Partial<RedisSettings> = {},
  clock: Clock = systemClock,
): Promise<Told> {
  const target = parseRedisUrl(url);
  if (target === undefined) throw new Error(`not the URL of a Redis: ${url}`);
  const told = new Told();
  const settings = { target, passwordFile: undefined, caFile: undefined, ...more };
  const connection = new RedisConnection(settings, told, { module: await loadClientModule(), clock, random: () => 0 });
  t.teardown(() => {
    connection.close();
  });
  return told;
}

/** A clock on which long pauses are short; the time for a reply is what it is. */
const hasty: Clock = {
  ...systemClock,
  after: (milliseconds, action) => systemClock.after(milliseconds > 5000 ? milliseconds / 100 : milliseconds, action),
};

await t.test("a server by TCP and by its Unix socket, in a database of its own", { skip }, async (t) => {
  const server = await TestRedis.start(t);
  const one = await (await connect(t, `${server.url}/3`)).server();
  t.equal(one.name, `127.0.0.1:${server.port}`);
  t.equal(await one.send(["SET", "name", "in 3"]), "OK");
  const other = await (await connect(t, `unix:${server.socket}?db=3`)).server();
  t.equal(await other.send(["GET", "name"]), "in 3");
  t.equal(await server.command("GET", "name"), null);
  t.match(await server.command("CLIENT", "LIST"), /name=pybootd/);
});

await t.test(
  "what a server refuses is told with its word, beside the replies of other commands",
  { skip },
  async (t) => {
    const server = await TestRedis.start(t);
    const one = await (await connect(t, server.url)).server();
    const replies = await one.sendAll([
      ["SET", "text", "x"],
      ["HGETALL", "text"],
      ["HGETALL", "none"],
    ]);
    t.match(replies, ["OK", { code: "WRONGTYPE" }, []]);
    await t.rejects(one.send(["HGETALL", "text"]), {
      code: "WRONGTYPE",
      message: /wrong kind of value/,
    });
  },
);

await t.test("changes of others are told by the keys that begin so, its own are not", { skip }, async (t) => {
  const server = await TestRedis.start(t);
  const told = await connect(t, server.url);
  const one = await told.server();
  const heard: unknown[] = [];
  await one.track(["mac:", "group:"], (keys) => heard.push(keys));
  await one.send(["HSET", "mac:52:54:00:00:00:09", "ts", "1"]);
  await server.command("HSET", "client:a", "ip", "10.0.0.1");
  await server.command("HSET", "mac:52:54:00:00:00:01", "ip", "10.0.0.1");
  await server.command("DEL", "mac:52:54:00:00:00:01");
  await until(() => heard.length === 2);
  await server.command("FLUSHALL");
  await until(() => heard.length === 3);
  t.strictSame(heard, [["mac:52:54:00:00:00:01"], ["mac:52:54:00:00:00:01"], undefined]);
  await server.command("CLIENT", "KILL", "TYPE", "pubsub");
  await told.lost();
});

await t.test("a server that is away is told once, and found again by itself", { skip }, async (t) => {
  const server = await TestRedis.start(t);
  await server.kill();
  const told = await connect(t, server.url, {}, hasty);
  await told.lost();
  await server.start();
  await told.open();
  await server.kill();
  await told.lost();
  await server.start();
  await told.open();
  t.match(told.lines, [/ECONNREFUSED/, "open", /127\.0\.0\.1/, "open"]);
  t.equal(told.lines.length, 4);
});

await t.test(
  "a server that is stopped is noticed by the first command, and by silence; it is used again when it goes on",
  { skip },
  async (t) => {
    const server = await TestRedis.start(t);
    const [asking, silent] = [await connect(t, server.url), await connect(t, server.url)];
    const one = await asking.server();
    await silent.open();
    server.pause();
    const began = performance.now();
    await t.rejects(one.send(["PING"]), { message: /does not reply within 2 s/ });
    t.ok(performance.now() - began < 3500);
    await asking.lost();
    await silent.lost();
    t.ok(performance.now() - began < 10_000);
    server.resume();
    await asking.open();
    await silent.open();
  },
);

await t.test("TLS: the authority counts, and plain text is never tried instead", { skip }, async (t) => {
  const tls = redisCertificate(t);
  const server = await TestRedis.start(t, { tls });
  await (await connect(t, server.url, { caFile: tls.paths.certificate })).open();
  const untrusted = await connect(t, server.url);
  await untrusted.lost();
  t.match(untrusted.lines, [/self-signed certificate/]);
  const plain = await connect(t, server.url.replace("rediss", "redis"));
  await plain.lost();
  t.not(plain.lines[0], "open");
});

await t.test("a user logs in with the password of a file, which may change; no message has it", { skip }, async (t) => {
  const server = await TestRedis.start(t);
  await server.command("ACL", "SETUSER", "boot", "on", ">first-secret", "~mac:*", "+hgetall");
  await server.command("ACL", "SETUSER", "default", "nopass", "-@all", "+acl", "+client");
  const passwordFile = join(t.testdir(), "password");
  writeFileSync(passwordFile, "wrong-secret\n");
  const told = await connect(t, server.url.replace("//", "//boot:ignored@"), { passwordFile }, hasty);
  await told.lost();
  writeFileSync(passwordFile, "first-secret\n");
  const one = await told.server();
  t.strictSame(await one.send(["HGETALL", "mac:x"]), []);
  await t.rejects(one.send(["HGETALL", "other:x"]), { code: "NOPERM" });
  // Its own PING is refused too, which is no reason to leave.
  await server.command("ACL", "SETUSER", "boot", "resetpass", ">second-secret");
  await server.command("CLIENT", "KILL", "USER", "boot");
  await told.lost();
  writeFileSync(passwordFile, "second-secret");
  await told.open();
  t.match(told.lines[0], /WRONGPASS/);
  t.notMatch(told.lines.join("\n"), /secret/);
});

await t.test("a server that refuses the user is asked once a minute", { skip }, async (t) => {
  const server = await TestRedis.start(t, { options: ["--requirepass", "admin"] });
  const pauses: number[] = [];
  const clock: Clock = {
    ...systemClock,
    after(milliseconds, action) {
      pauses.push(milliseconds);
      return systemClock.after(milliseconds, action);
    },
  };
  const told = await connect(t, server.url.replace("//", "//:wrong@"), {}, clock);
  await told.lost();
  t.match(told.lines, [/WRONGPASS/]);
  t.equal(pauses.at(-1), 60_000);
});

await t.test("what is no Redis is refused with what it says", { skip }, async (t) => {
  const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
  await once(web, "listening");
  t.teardown(() => web.close());
  const { port } = web.address() as { port: number };
  const told = await connect(t, `redis://127.0.0.1:${port}`);
  await told.lost();
  t.not(told.lines[0], "open");
  t.comment(told.lines[0]);
});

await t.test("Sentinels name the master, and another one after it died", { skip }, async (t) => {
  const { master, replica } = await startPair(t);
  const sentinels = await startSentinels(t, master);
  const [dead, ...alive] = sentinels;
  await dead?.kill();
  const url = `redis+sentinel://${[dead, ...alive].map((each) => `127.0.0.1:${each?.port ?? 0}`).join(";")}/boot`;
  const told = await connect(t, url);
  t.equal((await told.open()).servers[0]?.name, `127.0.0.1:${master.port}`);
  await master.kill();
  await told.lost();
  const promoted = await told.server();
  t.equal(promoted.name, `127.0.0.1:${replica.port}`);
  t.equal(await promoted.send(["SET", "name", "x"]), "OK");
  const unknown = await connect(t, url.replace("/boot", "/other"));
  await unknown.lost();
  t.match(unknown.lines, [/knows no master other/]);
});

await t.test("a replica that a write goes to is left at once", { skip }, async (t) => {
  const { replica } = await startPair(t);
  const told = await connect(t, replica.url);
  const one = await told.server();
  await t.rejects(one.send(["SET", "name", "x"]), { code: "READONLY" });
  await told.lost();
  t.match(told.lines, ["open", /READONLY/]);
});

await t.test("a cluster: each key is asked of its master, and one dead master ends it", { skip }, async (t) => {
  const members = await startCluster(t);
  const [first] = members;
  const told = await connect(t, `redis+cluster://127.0.0.1:1;127.0.0.1:${first?.port ?? 0}`);
  const redis = await told.open();
  t.equal(redis.servers.length, 3);
  for (let index = 0; index < 50; index += 1) {
    const key = `mac:52:54:00:00:00:${index}`;
    t.equal(await redis.serverOf(key).send(["SET", key, "x"]), "OK");
    t.equal(await redis.serverOf(key).send(["CLUSTER", "KEYSLOT", key]), slotOf(key));
  }
  await members[1]?.kill();
  await told.lost();
});
