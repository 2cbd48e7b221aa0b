import t from "tap";
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
