/** What every source does whose server may be away: the second half of the contract of sources. */

import type { Test } from "tap";
import type { HostSource } from "../../lib/inventory/source.js";
import { macNumber } from "../support/values.js";
import type { ManualClock } from "../support/manual-clock.js";

/** A source and the server behind it, as a test sees them. */
export interface AwayBench {
  readonly source: HostSource;
  readonly clock: ManualClock;
  /** Whether the source waits for its server now. */
  readonly isReading: () => boolean;
  /** Returns what the log says since this was last asked. */
  readonly log: () => readonly string[];
}

/** A server that a test breaks, and what opens sources of it. */
export interface AwaySite {
  /** Has machines 0 to `count` - 1 from now on, but for some. */
  readonly has: (count: number, without?: readonly number[]) => void;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Answers in a wrong way from now on; well again without one. */
  readonly fail: (way?: "silent" | "half" | "forbidden" | "broken" | "html") => void;
  /** The number of requests so far. */
  readonly requests: () => number;
  /** What nobody may read anywhere. */
  readonly secrets: readonly string[];
  /** Opens a source that keeps its last picture at a path. */
  readonly open: (snapshot: string) => Promise<AwayBench>;
  /** Returns a path for a snapshot, and what is kept there. */
  readonly snapshot: () => string;
  readonly kept: (snapshot: string) => string;
  readonly damage: (snapshot: string) => void;
}

/** The name of the machine with a number. */
export const nameOf = (index: number): string => `m${index}`;

/** Lets time pass until something is so: one second after the other, and none while the source waits for its server. */
export async function until({ clock, isReading }: AwayBench, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    if (!isReading()) clock.advance(1000);
    await new Promise(setImmediate);
  }
}

/** Waits until the source has its answer. */
async function settled({ isReading }: AwayBench): Promise<void> {
  while (isReading()) await new Promise(setImmediate);
}

/** Waits for the end of the next reading. */
export async function nextReading(bench: AwayBench): Promise<void> {
  await settled(bench);
  await until(bench, bench.isReading);
  await settled(bench);
}

/** The suite of sources whose server may be away. */
export async function runAwaySourceTests(t: Test, make: (t: Test) => Promise<AwaySite>): Promise<void> {
  const knows = ({ source }: AwayBench, index: number): boolean => {
    const host = source.find({ mac: macNumber(index), clientId: undefined });
    return !(host instanceof Promise) && host?.hostName === nameOf(index);
  };
  const stateOf = ({ source }: AwayBench): string => source.state().kind;
  const open = async (t: Test, site: AwaySite, snapshot = site.snapshot()): Promise<AwayBench> => {
    const bench = await site.open(snapshot);
    t.teardown(() => bench.source.close());
    return bench;
  };

  await t.test("F1 away at the start, without a snapshot: not known until it is back", async (t) => {
    const site = await make(t);
    site.has(3);
    await site.stop();
    const bench = await open(t, site);
    t.strictSame(bench.log(), [], "silent until it counts");
    t.equal(stateOf(bench), "unknown");
    bench.source.start();
    t.match(bench.log(), [/^warning: .* cannot be read: .*ECONNREFUSED.* never read/]);
    for (let count = 0; count < 3; count++) await nextReading(bench);
    t.strictSame(bench.log(), [], "said once");
    await site.start();
    await until(bench, () => stateOf(bench) === "current");
    t.ok(knows(bench, 1));
    t.match(bench.log(), [/^info: .* can be read again, after \d+ s$/, /3 machines: 3 new, 0 changed, 0 gone$/]);
  });

  await t.test("F2 away at the start, with a snapshot: as if it were there", async (t) => {
    const site = await make(t);
    site.has(3);
    const path = site.snapshot();
    const first = await open(t, site, path);
    first.source.start();
    t.equal(stateOf(first), "current");
    await first.source.close();
    await site.stop();
    const bench = await open(t, site, path);
    t.ok(knows(bench, 2));
    t.match(bench.source.state(), { kind: "stale", since: Number, reason: /ECONNREFUSED/ });
    bench.source.start();
    t.match(bench.log(), [/^warning: .*Until then 3 machines of 2026-01-01T.* count\.$/]);
    await site.start();
    await until(bench, () => stateOf(bench) === "current");
    t.match(bench.log(), [/can be read again/]);
  });

  await t.test("F3 it dies later: the last picture serves, and changes count once it is back", async (t) => {
    const site = await make(t);
    site.has(3);
    const bench = await open(t, site);
    bench.source.start();
    bench.log();
    await site.stop();
    await nextReading(bench);
    t.equal(stateOf(bench), "stale");
    t.ok(knows(bench, 1));
    t.match(bench.log(), [/^warning: .* cannot be read: .*Until then 3 machines of .* count/]);
    site.has(4);
    await site.start();
    await until(bench, () => stateOf(bench) === "current");
    t.ok(knows(bench, 3));
    t.match(bench.log(), [/can be read again/, /4 machines: 1 new, 0 changed, 0 gone/]);
  });

  await t.test("F4 it does not answer: the reading ends in time, and what is known serves meanwhile", async (t) => {
    const site = await make(t);
    site.has(3);
    const bench = await open(t, site);
    bench.source.start();
    bench.log();
    site.fail("silent");
    const before = site.requests();
    await until(bench, () => site.requests() > before);
    t.ok(knows(bench, 1));
    t.equal(stateOf(bench), "current");
    bench.clock.advance(30_000);
    await settled(bench);
    t.equal(stateOf(bench), "stale");
    t.match(bench.log(), [/cannot be read: no answer within 30 s\. /]);
    site.fail();
    await until(bench, () => stateOf(bench) === "current");
  });

  for (const [way, reason] of [
    ["half", /broke off/],
    ["forbidden", /answered 401/],
    ["broken", /answered 500/],
    ["html", /expected machines in YAML or JSON, got "<!DOCTYPE html>"/],
  ] as const) {
    await t.test(`F6 F8 F9 ${way}: the last picture stays, it is said once, and it recovers by itself`, async (t) => {
      const site = await make(t);
      site.has(30);
      const bench = await open(t, site);
      bench.source.start();
      bench.log();
      site.has(31);
      site.fail(way);
      for (let count = 0; count < 3; count++) await nextReading(bench);
      t.ok(knows(bench, 29));
      t.equal(stateOf(bench), "stale");
      const lines = bench.log();
      t.equal(lines.length, 1);
      t.match(lines[0], reason);
      site.fail();
      await until(bench, () => stateOf(bench) === "current");
      t.match(bench.log(), [/can be read again/, /31 machines: 1 new/]);
    });
  }

  await t.test(
    "I5 a server in trouble is asked no more than once a second, and within a minute after it",
    async (t) => {
      const site = await make(t);
      site.has(3);
      const bench = await open(t, site);
      bench.source.start();
      site.fail("broken");
      await nextReading(bench);
      const [requests, begun] = [site.requests(), bench.clock.now()];
      await until(bench, () => bench.clock.now() - begun > 600_000);
      const asked = site.requests() - requests;
      t.ok(asked >= 8 && asked <= 60, `${asked} in 10 minutes`);
      site.fail();
      const mended = bench.clock.now();
      await until(bench, () => stateOf(bench) === "current");
      t.ok(bench.clock.now() - mended <= 67_000);
    },
  );

  await t.test("a change is known after one interval, and no change costs a look", async (t) => {
    const site = await make(t);
    site.has(3);
    const bench = await open(t, site);
    bench.source.start();
    const heard: string[] = [];
    bench.source.onChange(({ set, moved, gone }) => {
      heard.push(`${set.length} set, ${moved.length} moved, ${gone.length} gone`);
      return [];
    });
    bench.log();
    await nextReading(bench);
    t.strictSame([bench.log(), heard], [[], []]);
    site.has(4, [1]);
    const begun = bench.clock.now();
    await until(bench, () => knows(bench, 3));
    t.ok(bench.clock.now() - begun <= 67_000);
    t.notOk(knows(bench, 1));
    t.match(heard, [/^1 set, \d moved, 1 gone$/]);
  });

  await t.test("a reading that lacks many machines counts when another one agrees", async (t) => {
    const site = await make(t);
    site.has(40);
    const bench = await open(t, site);
    bench.source.start();
    bench.log();
    site.has(25);
    await nextReading(bench);
    t.ok(knows(bench, 39));
    t.equal(stateOf(bench), "stale");
    t.match(bench.log(), [/^warning: .* lacks 15 of the 40 known machines; they stay in effect until/]);
    site.has(40);
    await nextReading(bench);
    t.ok(knows(bench, 39));
    t.equal(stateOf(bench), "current", "it was only half a list");
    site.has(25);
    await nextReading(bench);
    t.ok(knows(bench, 39));
    await nextReading(bench);
    t.notOk(knows(bench, 39));
    t.ok(knows(bench, 24));
    t.match(bench.log().at(-1), /25 machines: 0 new, 0 changed, 15 gone$/);
  });

  await t.test("F14 a snapshot that is damaged, or of another source, is not used", async (t) => {
    const site = await make(t);
    site.has(3);
    const path = site.snapshot();
    const first = await open(t, site, path);
    first.source.start();
    await first.source.close();
    site.damage(path);
    await site.stop();
    const bench = await open(t, site, path);
    bench.source.start();
    t.equal(stateOf(bench), "unknown");
    t.match(bench.log(), [/^warning: the machines that were kept of .* are not used: /, /cannot be read/]);
    await site.start();
    await until(bench, () => stateOf(bench) === "current");
    await bench.source.close();
    t.match(site.kept(path), nameOf(2));
  });

  await t.test("I7 nothing secret is said or kept", async (t) => {
    const site = await make(t);
    site.has(3);
    const path = site.snapshot();
    const bench = await open(t, site, path);
    bench.source.start();
    const told = [...bench.log(), JSON.stringify([...bench.source.known()])];
    site.fail("forbidden");
    await nextReading(bench);
    told.push(...bench.log(), JSON.stringify(bench.source.state()));
    await bench.source.close();
    told.push(site.kept(path));
    for (const secret of site.secrets) t.notMatch(told.join("\n"), secret);
  });

  await t.test("I6 a closed source leaves no timer, also in the midst of a reading", async (t) => {
    const site = await make(t);
    site.has(3);
    const bench = await open(t, site);
    bench.source.start();
    site.fail("silent");
    await until(bench, bench.isReading);
    await bench.source.close();
    t.equal(bench.clock.pending, 0);
  });
}
