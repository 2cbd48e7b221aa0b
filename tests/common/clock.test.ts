import t from "tap";
import { systemClock } from "../../lib/common/clock.js";
import { ManualClock } from "../support/manual-clock.js";

await t.test("the system's clock goes on and runs what is set, once", async (t) => {
  const start = systemClock.now();
  let runs = 0;
  await new Promise<void>((resolve) => {
    systemClock.after(1, () => {
      runs++;
      systemClock.after(1, resolve);
    });
  });
  t.equal(runs, 1);
  t.ok(systemClock.now() > start);
});

await t.test("what is cancelled does not run, and cancelling is harmless afterwards", async (t) => {
  let cancelled = true;
  const cancel = systemClock.after(1, () => {
    cancelled = false;
  });
  cancel();
  let cancelLate = (): void => undefined;
  await new Promise<void>((resolve) => {
    cancelLate = systemClock.after(2, resolve);
  });
  cancelLate();
  t.ok(cancelled);
});

await t.test("a time of months is not over at once", async (t) => {
  let over = false;
  const cancel = systemClock.after(90 * 86_400 * 1000, () => {
    over = true;
  });
  await new Promise<void>((resolve) => {
    systemClock.after(20, resolve);
  });
  cancel();
  t.notOk(over);
});

await t.test("the clock of the tests runs what is due in order, and at its time", (t) => {
  const clock = new ManualClock(0);
  const runs: string[] = [];
  const note = (name: string) => (): void => void runs.push(`${name} at ${clock.now()}`);
  clock.after(30, note("c"));
  clock.after(10, () => {
    note("a")();
    clock.after(5, note("b"));
    clock.after(100, note("late"));
  });
  const cancel = clock.after(20, note("cancelled"));
  clock.after(30, note("d"));
  cancel();
  clock.advance(9);
  t.strictSame(runs, []);
  clock.advance(21);
  t.strictSame(runs, ["a at 10", "b at 15", "c at 30", "d at 30"]);
  t.equal(clock.now(), 30);
  t.equal(clock.pending, 1);
  t.end();
});
