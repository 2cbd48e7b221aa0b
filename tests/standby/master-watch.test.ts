/** When a standby serves, and when it is silent. */

import t from "tap";
import { EventBus, type Event } from "../../lib/events/event.js";
import { lineOf } from "../../lib/observe/log-lines.js";
import { MasterWatch } from "../../lib/standby/master-watch.js";
import { ManualClock } from "../support/manual-clock.js";
import { ip } from "../support/values.js";

const MASTER = { address: ip("10.0.0.1"), port: 8079 };

/** A standby whose master answers as the test says. */
class Site {
  readonly clock = new ManualClock();
  readonly #events: Event[] = [];
  readonly watch: MasterWatch;
  /** Why the master does not serve. */
  trouble: string | undefined;
  asked = 0;

  constructor() {
    const events = new EventBus();
    events.subscribe((event) => this.#events.push(event));
    const ping = (): Promise<void> => {
      this.asked += 1;
      return this.trouble === undefined ? Promise.resolve() : Promise.reject(new Error(this.trouble));
    };
    this.watch = new MasterWatch(MASTER, { clock: this.clock, events, ping });
  }

  get serves(): boolean {
    return this.watch.silence === undefined;
  }

  /** The next question, and what comes of it. */
  async second(trouble?: string): Promise<boolean> {
    this.trouble = trouble;
    this.clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
    return this.serves;
  }

  log(): readonly string[] {
    return this.#events.splice(0).map((event) => `${lineOf(event).level}: ${lineOf(event).message}`);
  }
}

await t.test("a standby is silent until its master misses two questions", async (t) => {
  const site = new Site();
  t.strictSame(site.watch.silence, { code: "master-serves", master: ip("10.0.0.1") }, "also before the first answer");
  site.watch.start();
  t.equal(site.asked, 1, "it asks at once");
  t.equal(await site.second(), false);
  t.equal(await site.second("connect ECONNREFUSED"), false);
  t.equal(await site.second("connect ECONNREFUSED"), true);
  t.equal(await site.second("connect ECONNREFUSED"), true);
  t.equal(site.asked, 5, "it goes on asking once a second");
  t.strictSame(site.log(), [
    "warning: 10.0.0.1 does not serve (connect ECONNREFUSED): this server, its standby, does so from now on",
  ]);
});

await t.test("a question lost now and then changes nothing", async (t) => {
  const site = new Site();
  site.watch.start();
  for (let round = 0; round < 10; round += 1) {
    t.equal(await site.second("no answer within 600 ms"), false);
    t.equal(await site.second(), false);
  }
  t.strictSame(site.log(), []);
});

await t.test("the standby is silent again when the master has answered twice, which is told once", async (t) => {
  const site = new Site();
  site.watch.start();
  await site.second("it answers 503");
  await site.second("it answers 503");
  t.equal(await site.second("it answers 503"), true);
  t.equal(await site.second(), true);
  t.equal(await site.second("it answers 503"), true, "one answer is not enough");
  t.equal(await site.second(), true);
  t.equal(await site.second(), false);
  t.equal(await site.second(), false);
  t.strictSame(site.log(), [
    "warning: 10.0.0.1 does not serve (it answers 503): this server, its standby, does so from now on",
    "info: 10.0.0.1 serves again, after 6 s: this server, its standby, is silent",
  ]);
});

await t.test("a watch that has ended says nothing, and asks no more", async (t) => {
  const site = new Site();
  site.watch.start();
  await site.second("gone");
  site.watch.stop();
  t.equal(await site.second("gone"), false);
  t.equal(site.asked, 2);
  t.equal(site.clock.pending, 0);
  t.strictSame(site.log(), []);
});
