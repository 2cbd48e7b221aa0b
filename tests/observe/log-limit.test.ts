import t from "tap";
import type { Event } from "../../lib/events/event.js";
import { LogLimit } from "../../lib/observe/log-limit.js";
import { ManualClock } from "../support/manual-clock.js";
import { mac } from "../support/values.js";

const machine = { mac: mac("52:54:00:aa:bb:01"), uuid: undefined, architecture: undefined, kind: "dhcp" } as const;
const ignored = (grave: boolean): Event => ({ kind: "dhcp-ignored", machine, cause: { code: "not-free" }, grave });

await t.test("D2 what strangers can bring about is logged up to a bound, and counted", (t) => {
  const clock = new ManualClock();
  const said: string[] = [];
  const limit = new LogLimit(clock, (line) => said.push(line));
  const admitted = (count: number): number =>
    Array.from({ length: count }, () => limit.admits(ignored(false))).filter(Boolean).length;

  t.equal(admitted(10_000), 500);
  t.ok(limit.admits(ignored(true)), "what is grave is said all the same");
  t.ok(limit.admits({ kind: "dhcp-left", machine, cause: { code: "not-known-here" } }), "and so are other kinds");
  clock.advance(9000);
  t.equal(admitted(1000), 180, "twenty a second");
  t.strictSame(said, []);
  clock.advance(1000);
  t.strictSame(said, ["too much happens to log it all: left out 10320 of dhcp-ignored"]);
  clock.advance(60_000);
  t.equal(said.length, 1, "once");
  t.equal(admitted(600), 500, "after a while as before");
  limit.close();
  t.strictSame(said.slice(1), ["too much happens to log it all: left out 100 of dhcp-ignored"]);
  t.equal(clock.pending, 0);
  t.end();
});

await t.test("a fault is said once in a while, and another fault for itself", (t) => {
  const clock = new ManualClock();
  const limit = new LogLimit(clock, () => undefined);
  const lost = (message: string): boolean =>
    limit.admits({ kind: "lease-lost", machine, cause: { code: "not-kept", error: undefined, message } });
  const failed = (where: string): boolean => limit.admits({ kind: "failed", where, error: new Error("so") });
  t.strictSame(
    [lost("full"), lost("full"), lost("torn"), failed("here"), failed("there"), failed("here")],
    [true, false, true, true, true, false],
  );
  clock.advance(60_000);
  t.ok(lost("full"));
  t.notOk(lost("full"));
  for (let number = 0; number < 1000; number++) failed(`${number}`);
  t.notOk(failed("one more"), "thousands of different ones are not all said");
  limit.close();
  t.end();
});
