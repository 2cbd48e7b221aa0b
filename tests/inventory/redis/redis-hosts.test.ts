/** The machines of a Redis as a source: read, followed, away, wrong; with real servers. */

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { systemClock, type Clock } from "../../../lib/common/clock.js";
import { packageFolder } from "../../../lib/common/package.js";
import { ConfigError } from "../../../lib/config/problem.js";
import { EventBus, type Event } from "../../../lib/events/event.js";
import type { Host } from "../../../lib/inventory/host.js";
import { RedisHosts, type RedisHostsParts } from "../../../lib/inventory/redis/redis-hosts.js";
import { SnapshotFile } from "../../../lib/inventory/remote/snapshot.js";
import { lineOf } from "../../../lib/observe/log-lines.js";
import type { RedisSettings } from "../../../lib/redis/connection.js";
import { parseRedisUrl } from "../../../lib/redis/target.js";
import { runHostSourceTests, type KnownMachine } from "../source-contract.js";
import { redisSkipReason, startCluster, startPair, TestRedis, until } from "../../support/redis-server.js";
import { ip, mac } from "../../support/values.js";

const skip = (await redisSkipReason()) ?? false;

function settingsOf(url: string, more: Partial<RedisSettings> = {}): RedisSettings {
  const target = parseRedisUrl(url);
  if (target === undefined) throw new Error(`not the URL of a Redis: ${url}`);
  return { target, passwordFile: undefined, caFile: undefined, ...more };
}

/** A clock on which long pauses are short; the time for a reply is what it is. */
const hasty: Clock = {
  ...systemClock,
  after: (milliseconds, action) => systemClock.after(milliseconds > 5000 ? milliseconds / 10 : milliseconds, action),
};

/** An open source, what it told, and what it knows of a machine. */
interface Opened {
  readonly source: RedisHosts;
  readonly lines: string[];
  /** A machine has a lease. */
  readonly see: (last: number) => void;
  readonly find: (last: number) => Host | undefined;
  /** The lines without the numbers of ports. */
  readonly told: () => readonly string[];
}

/** What a source is opened with. @param path of its snapshot */
function partsOf(events: EventBus, clock: Clock, path: string): RedisHostsParts {
  const snapshot = new SnapshotFile(path, { keeps: true, asUser: (action) => action() });
  return { events, clock, random: Math.random, firstMilliseconds: 2000, snapshot, writes: true };
}

/** Opens a source. @param path of its snapshot */
async function open(t: Test, url: string, clock = systemClock, path = join(t.testdir(), "kept")): Promise<Opened> {
  const events = new EventBus();
  const lines: string[] = [];
  events.subscribe((event: Event) => lines.push(lineOf(event).message));
  const source = await RedisHosts.open(settingsOf(url), partsOf(events, clock, path));
  t.teardown(() => source.close());
  t.strictSame(lines, [], "nothing is told before the start");
  source.start();
  return {
    source,
    lines,
    see(last) {
      const machine = { mac: macOf(last), uuid: undefined, architecture: undefined, kind: "dhcp" } as const;
      const address = ip("10.9.0.1");
      events.publish({ kind: "dhcp-leased", machine, address, stage: "system", boot: undefined, renewed: false });
    },
    find: (last) => source.find({ mac: macOf(last), clientId: undefined }),
    told: () => lines.map((line) => line.replaceAll(/127\.0\.0\.1:[0-9]+(?:\/0)?/g, "R")),
  };
}

function macOf(last: number): ReturnType<typeof mac> {
  return mac(`52-54-00-00-00-${last.toString(16).padStart(2, "0")}`);
}

/** The key of a machine. */
function key(last: number): string {
  return `mac:${macOf(last)}`;
}

async function fill(server: TestRedis, count: number): Promise<void> {
  const commands = Array.from({ length: count }, (_, index) => ["HSET", key(index + 1), "ip", `10.9.0.${index + 1}`]);
  await server.commands(commands);
}

async function sourceWith(t: Test, machines: readonly KnownMachine[]): Promise<RedisHosts> {
  const server = await TestRedis.start(t);
  for (const { name, address, hostName = "" } of machines) {
    const named = name.startsWith("id:") ? `client:${Buffer.from(name.slice(5), "hex").toString()}` : `mac:${name}`;
    await server.command("HSET", named, "ip", address, "hostname", hostName);
  }
  const source = await RedisHosts.open(
    settingsOf(server.url),
    partsOf(new EventBus(), systemClock, join(t.testdir(), "kept")),
  );
  t.teardown(() => source.close());
  return source;
}

await t.test("changes count within a second and a half, each as it is", { skip }, async (t) => {
  const server = await TestRedis.start(t);
  await fill(server, 3);
  const { source, find, told } = await open(t, server.url);
  t.match(find(1), { address: ip("10.9.0.1") });
  const changes: unknown[] = [];
  source.onChange(({ set, gone }) => {
    changes.push([set.map(({ id }) => id), gone.map(({ id }) => id)]);
    return [];
  });
  const began = performance.now();
  await server.command("HSET", key(1), "ip", "10.9.0.99");
  await until(() => find(1)?.address === ip("10.9.0.99"));
  await server.command("DEL", key(2));
  await until(() => find(2) === undefined);
  await server.command("HSET", key(4), "ip", "10.9.0.4", "group", "lab");
  await until(() => find(4) !== undefined);
  await server.command("HSET", "group:lab", "gateway", "10.9.0.254");
  await until(() => find(4)?.facts.router !== undefined);
  t.ok(performance.now() - began < 4 * 1500);
  t.strictSame(changes, [
    [[key(1)], []],
    [[], [key(2)]],
    [[key(4)], []],
    [[key(4)], []],
  ]);
  t.strictSame(told(), [
    "redis://R: 3 machines: 3 new, 0 changed, 0 gone",
    "redis://R: 3 machines: 0 new, 1 changed, 0 gone",
    "redis://R: 2 machines: 0 new, 0 changed, 1 gone",
    "redis://R: 3 machines: 1 new, 0 changed, 0 gone",
    "redis://R: 3 machines: 0 new, 1 changed, 0 gone",
  ]);
});

await t.test(
  "F3, F14 Redis: while it is away what is known stays, and what changed meanwhile counts when it is back",
  { skip },
  async (t) => {
    const server = await TestRedis.start(t);
    await fill(server, 2);
    const { find, told } = await open(t, server.url);
    await server.kill();
    await until(() => told().length === 2);
    t.match(find(1), { address: ip("10.9.0.1") });
    await server.start();
    await fill(server, 3);
    await until(() => find(3) !== undefined);
    await until(() => told().length === 4);
    t.match(find(1), { address: ip("10.9.0.1") });
    t.match(told(), [
      "redis://R: 2 machines: 2 new, 0 changed, 0 gone",
      /^redis:\/\/R cannot be read: .*\. Until then 2 machines of .* count\.$/,
      /./,
      /./,
    ]);
    t.equal(told().filter((line) => /can be read again, after [0-9]+ s$/.test(line)).length, 1);
  },
);

await t.test("F1 Redis: one that is away at the start holds nobody up", { skip }, async (t) => {
  const server = await TestRedis.start(t);
  await fill(server, 1);
  await server.kill();
  const began = performance.now();
  const { source, find, told } = await open(t, server.url);
  t.ok(performance.now() - began < 2500);
  t.equal(find(1), undefined);
  t.match(source.state(), { kind: "unknown", reason: /ECONNREFUSED/ });
  t.match(told(), [/cannot be read: .*ECONNREFUSED.*\. It was never read, so leases are renewed as they are/]);
  await server.start();
  await fill(server, 1);
  await until(() => find(1) !== undefined);
  await until(() => source.state().kind === "current");
});

await t.test(
  "F2, F14 Redis: what was read last is known at a start without it, and kept without a secret",
  { skip },
  async (t) => {
    const server = await TestRedis.start(t, { options: ["--requirepass", "hidden"] });
    await server.command("AUTH", "hidden");
    await fill(server, 3);
    const path = join(t.testdir(), "kept");
    const url = server.url.replace("//", "//:hidden@");
    const first = await open(t, url, systemClock, path);
    await server.command("HSET", key(1), "ip", "10.9.0.99");
    await until(() => first.find(1)?.address === ip("10.9.0.99"));
    await first.source.close();
    await server.kill();
    t.equal(statSync(path).mode & 0o777, 0o600);
    t.notMatch(readFileSync(path, "utf8"), /hidden/);
    const again = await open(t, url, systemClock, path);
    t.match(again.find(1), { address: ip("10.9.0.99") });
    t.match(again.source.state(), { kind: "stale", reason: /ECONNREFUSED/ });
    t.match(again.told(), [/^redis:\/\/R cannot be read: .* Until then 3 machines of .* count\.$/]);
    await server.start();
    await server.command("AUTH", "hidden");
    await fill(server, 2);
    await until(() => again.find(3) === undefined);
    t.equal(again.source.state().kind, "current");
    t.match(again.told().at(-1), "redis://R: 2 machines: 0 new, 1 changed, 1 gone");
    await again.source.close();
    writeFileSync(path, readFileSync(path, "utf8").slice(0, -20));
    await server.kill();
    const damaged = await open(t, url, systemClock, path);
    t.equal(damaged.find(1), undefined);
    t.equal(damaged.source.state().kind, "unknown");
    t.match(damaged.told(), [/^the machines that were kept of redis:\/\/R are not used: /, /cannot be read/]);
  },
);

await t.test("F5 Redis: one that hangs is away, and is read again when it goes on", { skip }, async (t) => {
  const server = await TestRedis.start(t);
  await fill(server, 1);
  const { find, told } = await open(t, server.url);
  server.pause();
  await until(() => told().length === 2);
  t.ok(find(1));
  server.resume();
  await server.command("HSET", key(1), "ip", "10.9.0.77");
  await until(() => find(1)?.address === ip("10.9.0.77"));
});

await t.test("F17 Redis: many machines that are gone at once count only if they still are", { skip }, async (t) => {
  const server = await TestRedis.start(t);
  await fill(server, 40);
  const { find, told } = await open(t, server.url, hasty);
  await server.command("FLUSHALL");
  await until(() => told().length === 2);
  t.match(
    told()[1],
    "redis://R lacks 40 of the 40 known machines; they stay in effect until another reading lacks them too",
  );
  t.ok(find(40));
  await fill(server, 20);
  await until(() => told().length === 3);
  t.match(told()[2], "redis://R: 20 machines: 0 new, 0 changed, 20 gone");
  t.ok(find(20));
  t.equal(find(40), undefined);
});

await t.test("F12 Redis: wrong keys are told once, with their key; all others count", { skip }, async (t) => {
  const server = await TestRedis.start(t);
  await fill(server, 2);
  await server.command("SET", key(3), "a text");
  await server.command("HSET", "group:default", "prefix", "x", "lease-time", "24", "gateway", "10.9.0.254");
  const { find, told } = await open(t, server.url);
  t.match(find(1), { address: ip("10.9.0.1"), facts: { router: ip("10.9.0.254"), mask: undefined } });
  t.match(
    told()[1],
    /^redis:\/\/R: group:default lease-time: .*"24"; group:default prefix: .*"x"; mac:52:54:00:00:00:03 expected a hash: WRONGTYPE/,
  );
  await server.command("DEL", key(3));
  await server.command("HSET", key(3), "ip", "10.9.0.3");
  await until(() => find(3) !== undefined);
  t.equal(told().filter((line) => line.includes("expected")).length, 1);
});

await t.test(
  "F6 Redis: a user who may only read is enough; changes are looked for, and ts is not written, which is told",
  { skip },
  async (t) => {
    const server = await TestRedis.start(t);
    await fill(server, 1);
    await server.command("ACL", "SETUSER", "boot", "on", ">pw", "~*", "+scan", "+hgetall");
    const { find, told } = await open(t, server.url.replace("//", "//boot:pw@"));
    t.ok(find(1));
    t.match(told()[1], /changes are looked for each second or less often, since NOPERM/);
    const began = performance.now();
    await server.command("HSET", key(1), "ip", "10.9.0.55");
    await until(() => find(1)?.address === ip("10.9.0.55"));
    t.ok(performance.now() - began < 1500);
    t.notMatch(told().join("\n"), /pw/);
  },
);

await t.test(
  "F6 Redis: what a user may not read is told by its command, and read as soon as it is granted",
  { skip },
  async (t) => {
    const server = await TestRedis.start(t);
    await fill(server, 1);
    await server.command("ACL", "SETUSER", "boot", "on", ">pw", "~*", "+scan");
    const { told, find } = await open(t, server.url.replace("//", "//boot:pw@"));
    t.match(told()[0], /cannot be read: NOPERM .*'hgetall'/);
    t.equal(find(1), undefined);
  },
);

await t.test(
  "ts is written at most once a minute, by the server's clock, and makes no machine",
  { skip },
  async (t) => {
    const server = await TestRedis.start(t);
    await fill(server, 2);
    const { see } = await open(t, server.url);
    see(1);
    see(1);
    see(9);
    await server.command("DEL", key(2));
    see(2);
    await until(async () => (await server.command("HGET", key(1), "ts")) !== null);
    const [now = "0"] = (await server.command("TIME")) as readonly string[];
    t.ok(Number(now) - Number(await server.command("HGET", key(1), "ts")) < 5);
    t.equal(await server.command("EXISTS", key(2), key(9)), 0);
    t.match(await server.command("INFO", "commandstats"), /cmdstat_eval:calls=[12],/);
  },
);

await t.test("the user of the manual may do all that is used", { skip }, async (t) => {
  const server = await TestRedis.start(t);
  await fill(server, 1);
  const manual = readFileSync(join(packageFolder, "docs/hosts.md"), "utf8");
  const [, rules = ""] = /^ACL SETUSER pybootd on >PASSWORD (.*)$/m.exec(manual) ?? [];
  await server.command("ACL", "SETUSER", "pybootd", "on", ">PASSWORD", ...rules.split(" "));
  const { find, see, told } = await open(t, server.url.replace("//", "//pybootd:PASSWORD@"));
  await server.command("HSET", key(1), "ip", "10.9.0.55");
  await until(() => find(1)?.address === ip("10.9.0.55"));
  see(1);
  await until(async () => (await server.command("HGET", key(1), "ts")) !== null);
  t.strictSame(await server.command("ACL", "LOG"), []);
  t.equal(told().filter((line) => /NOPERM|looked for/.test(line)).length, 0);
});

await t.test("a replica is read, and not written to", { skip }, async (t) => {
  const { master, replica } = await startPair(t);
  await fill(master, 1);
  const { find, told } = await open(t, replica.url);
  await until(() => find(1) !== undefined);
  t.match(told().join("\n"), /is a replica of .*: nothing is written there, such as ts/);
});

await t.test("a cluster is one list", { skip }, async (t) => {
  const members = await startCluster(t);
  const url = `redis+cluster://127.0.0.1:${members[0]?.port ?? 0}`;
  const { find } = await open(t, url);
  // Any member tells where a key belongs; a write to the wrong one is refused.
  for (let last = 1; last <= 20; last += 1) {
    for (const member of members)
      await member.command("HSET", key(last), "ip", `10.9.0.${last}`).catch(() => undefined);
  }
  await until(() => [...Array(20).keys()].every((index) => find(index + 1) !== undefined));
});

await t.test("a server that deletes keys when its memory is full is warned of", { skip }, async (t) => {
  const server = await TestRedis.start(t, { options: ["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"] });
  const { told } = await open(t, server.url);
  t.match(
    told()[1],
    "redis://R: R deletes keys when its memory is full: set maxmemory-policy to noeviction, not allkeys-lru",
  );
});

await t.test("a file of its settings that cannot be read is a problem of the configuration", { skip }, async (t) => {
  const settings = settingsOf("redis://user:hidden@127.0.0.1:1", { passwordFile: "/none/password" });
  const failed = await RedisHosts.open(settings, partsOf(new EventBus(), systemClock, join(t.testdir(), "kept"))).catch(
    (error: unknown) => error,
  );
  t.ok(failed instanceof ConfigError);
  t.match((failed as Error).message, /\/none\/password cannot be read: ENOENT/);
  t.notMatch((failed as Error).message, /hidden/);
});

await t.test("the contract", { skip }, async (t) => {
  await runHostSourceTests(t, sourceWith);
});
