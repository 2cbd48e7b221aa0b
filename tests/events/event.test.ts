import t from "tap";
import { ManualClock } from "../support/manual-clock.js";
import { EventBus, type Event } from "../../lib/events/event.js";

await t.test("an event reaches all who subscribe, in order, until they end that", (t) => {
  const bus = new EventBus();
  const heard: string[] = [];
  const event: Event = { kind: "failed", where: "here", error: new Error("x") };
  const end = bus.subscribe(({ kind }) => heard.push(`first ${kind}`));
  bus.subscribe(({ kind }) => heard.push(`second ${kind}`));
  bus.publish(event);
  t.strictSame(heard.splice(0), ["first failed", "second failed"]);
  end();
  end();
  bus.publish(event);
  t.strictSame(heard, ["second failed"]);
  t.end();
});

await t.test("an event has the time at which it was published", (t) => {
  const clock = new ManualClock();
  const bus = new EventBus(clock);
  const times: number[] = [];
  bus.subscribe((_, time) => times.push(time));
  bus.subscribe((_, time) => times.push(time));
  const event: Event = { kind: "failed", where: "here", error: new Error("x") };
  bus.publish(event);
  clock.advance(1500);
  bus.publish(event);
  const start = Date.UTC(2026, 0, 1);
  t.strictSame(times, [start, start, start + 1500, start + 1500]);
  t.end();
});
