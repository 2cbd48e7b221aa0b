/** A file of machines at a URL: both halves of the contract, over a real server, and what is special of HTTP. */

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { EventBus } from "../../lib/events/event.js";
import type { RemoteReader } from "../../lib/inventory/remote/reader.js";
import { RemoteHosts } from "../../lib/inventory/remote/remote-hosts.js";
import { SnapshotFile } from "../../lib/inventory/remote/snapshot.js";
import { UrlReader } from "../../lib/inventory/url/url-reader.js";
import { lineOf } from "../../lib/observe/log-lines.js";
import { ManualClock } from "../support/manual-clock.js";
import { SeededRandom } from "../support/random.js";
import { macNumber } from "../support/values.js";
import { nameOf, nextReading, runAwaySourceTests, type AwayBench, type AwaySite } from "./away-contract.js";
import { FaultServer, type Mood } from "./fault-server.js";
import { runHostSourceTests } from "./source-contract.js";

const WAYS: Readonly<Record<string, Mood>> = {
  silent: { kind: "silent" },
  half: { kind: "half" },
  forbidden: { kind: "status", status: 401 },
  broken: { kind: "status", status: 500 },
  html: { kind: "text", text: "<!DOCTYPE html>\n<title>Log in</title>\n" },
};

/** Opens a source of a URL. */
async function openUrl(url: URL, snapshot: string): Promise<AwayBench> {
  const [bus, clock, random] = [new EventBus(), new ManualClock(), new SeededRandom(5)];
  const lines: string[] = [];
  bus.subscribe((event) => {
    const { level, message } = lineOf(event);
    lines.push(`${level}: ${message}`);
  });
  let reading = 0;
  const reader = new UrlReader(url);
  const watched: RemoteReader = {
    name: reader.name,
    identity: reader.identity,
    async read(cursor, signal) {
      reading += 1;
      // What follows the answer is done when the next turn begins.
      return reader.read(cursor, signal).finally(() => setImmediate(() => (reading -= 1)));
    },
    close: () => reader.close(),
  };
  const source = await RemoteHosts.open({
    reader: watched,
    snapshot: new SnapshotFile(snapshot, { keeps: true, asUser: (action) => action() }),
    refreshSeconds: 60,
    firstMilliseconds: 1500,
    events: bus,
    clock,
    random: () => random.below(1000) / 1000,
  });
  return { source, clock, isReading: () => reading > 0, log: () => lines.splice(0) };
}

const urlOf = ({ port }: FaultServer): URL =>
  new URL(`http://user:pa%24sword@127.0.0.1:${port}/hosts.yaml?token=s3cret`);

async function makeSite(t: Test): Promise<AwaySite> {
  const server = await FaultServer.open(t);
  const folder = t.testdir();
  let snapshots = 0;
  return {
    has: (count, without = []) => {
      const indexes = Array.from({ length: count }, (_, index) => index).filter((index) => !without.includes(index));
      server.document = indexes.map((index) => `${macNumber(index)}: {hostname: ${nameOf(index)}}\n`).join("");
    },
    stop: () => server.stop(),
    start: () => server.start(),
    fail: (way) => {
      server.mood = WAYS[way ?? ""] ?? { kind: "well" };
    },
    requests: () => server.answers.length,
    secrets: ["pa$sword", "pa%24sword", "s3cret"],
    open: (snapshot) => openUrl(urlOf(server), snapshot),
    snapshot: () => join(folder, "inventory", `${snapshots++}.jsonl`),
    kept: (snapshot) => readFileSync(snapshot, "utf8"),
    damage: (snapshot) => {
      writeFileSync(snapshot, readFileSync(snapshot, "utf8").split("\n").slice(0, -2).join("\n"));
    },
  };
}

await t.test("a URL", (t) =>
  runHostSourceTests(t, async (t, machines) => {
    const server = await FaultServer.open(t);
    const records = machines.map(({ name, address, hostName = "" }) => [
      name,
      { ipAddress: address, hostname: hostName },
    ]);
    server.document = JSON.stringify(Object.fromEntries(records));
    return (await openUrl(urlOf(server), join(t.testdir(), "snapshot"))).source;
  }),
);

await t.test("a URL whose server may be away", (t) => runAwaySourceTests(t, makeSite));

await t.test("what did not change is not sent again, by tag, by date or by its text", async (t) => {
  const server = await FaultServer.open(t);
  server.document = `${macNumber(0)}: {}\n`;
  const tagged = await openUrl(urlOf(server), join(t.testdir(), "tagged"));
  t.teardown(() => tagged.source.close());
  tagged.source.start();
  await nextReading(tagged);
  await nextReading(tagged);
  t.strictSame(server.answers, [200, 304, 304]);
  t.equal(server.headers.authorization, `Basic ${Buffer.from("user:pa$sword").toString("base64")}`);
  server.hasTags = false;
  await nextReading(tagged);
  tagged.log();
  await nextReading(tagged);
  t.strictSame(tagged.log(), [], "the same text is no change");
});

await t.test(
  "the snapshot is its owner's alone, and names the version that is asked for at the next start",
  async (t) => {
    const server = await FaultServer.open(t);
    server.document = `${macNumber(0)}: {hostname: one}\n`;
    const path = join(t.testdir(), "inventory", "snapshot");
    const first = await openUrl(urlOf(server), path);
    first.source.start();
    await first.source.close();
    t.equal(statSync(path).mode & 0o777, 0o600);
    const second = await openUrl(urlOf(server), path);
    t.teardown(() => second.source.close());
    t.strictSame(server.answers, [200, 304]);
    t.equal(second.source.state().kind, "current");
    t.match([...second.source.known()], [{ host: { hostName: "one", origins: [{ line: 1 }] } }]);
  },
);

await t.test("what is in the place of a snapshot and is no file is not read", async (t) => {
  const server = await FaultServer.open(t);
  server.document = `${macNumber(0)}: {}\n`;
  const bench = await openUrl(urlOf(server), t.testdir());
  t.teardown(() => bench.source.close());
  bench.source.start();
  t.match(bench.log()[0], /the machines that were kept of .* are not used: .* cannot be used: it is not a file$/);
  t.equal(bench.source.state().kind, "current");
});

await t.test("it redirects to the same host only", async (t) => {
  const server = await FaultServer.open(t);
  server.mood = { kind: "redirect", to: "http://localhost:1/login" };
  const bench = await openUrl(urlOf(server), join(t.testdir(), "snapshot"));
  t.teardown(() => bench.source.close());
  t.match(bench.source.state(), { kind: "unknown", reason: /it redirects to another host, http:\/\/localhost:1$/ });
  server.mood = { kind: "redirect", to: "/hosts.yaml" };
  bench.source.start();
  await nextReading(bench);
  t.match(bench.source.state(), { reason: /it redirects more than 5 times$/ });
});

await t.test("F7 it is asked when it wants to be, within five minutes", async (t) => {
  const server = await FaultServer.open(t);
  server.mood = { kind: "status", status: 429, retryAfter: "120" };
  const bench = await openUrl(urlOf(server), join(t.testdir(), "snapshot"));
  t.teardown(() => bench.source.close());
  bench.source.start();
  await nextReading(bench);
  const { clock } = bench;
  for (const [retryAfter, least, most] of [
    ["100", 120, 121],
    ["100000", 100, 101],
    ["0", 300, 301],
  ] as const) {
    server.mood = { kind: "status", status: 429, retryAfter };
    const begun = clock.now();
    await nextReading(bench);
    const seconds = (clock.now() - begun) / 1000;
    t.ok(seconds >= least && seconds <= most, `${seconds} s`);
  }
});

await t.test("a text that is wrong is refused with its lines, and what is known stays", async (t) => {
  const server = await FaultServer.open(t);
  server.document = `${macNumber(0)}: {hostname: one}\n`;
  const bench = await openUrl(urlOf(server), join(t.testdir(), "snapshot"));
  t.teardown(() => bench.source.close());
  bench.source.start();
  bench.log();
  server.document = `${macNumber(0)}:\n  hostnme: two\n`;
  await nextReading(bench);
  t.match(bench.log(), [/cannot be read: line 2 52:54:\S+ hostnme: .*did you mean hostname/]);
  t.match([...bench.source.known()], [{ host: { hostName: "one" } }]);
});
