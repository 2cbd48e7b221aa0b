/** The inventory of a daemon over reloads. */

import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { ConfigError } from "../../lib/config/problem.js";
import { EventBus } from "../../lib/events/event.js";
import { InventoryService } from "../../lib/inventory/service.js";
import { sameUser } from "../../lib/os/privileges.js";
import { lineOf } from "../../lib/observe/log-lines.js";
import { loadFile } from "../support/configuration.js";
import { ManualClock } from "../support/manual-clock.js";
import { macNumber } from "../support/values.js";

const MACHINE = { mac: macNumber(1), clientId: undefined };

/** An inventory below a folder, with what it logs. */
function openSite(t: Test) {
  const folder = t.testdir();
  const bus = new EventBus();
  const lines: string[] = [];
  bus.subscribe((event) => lines.push(lineOf(event).message.replaceAll(`${folder}/`, "")));
  const clock = new ManualClock();
  const service = new InventoryService({ events: bus, clock, privileges: sameUser() });
  t.teardown(() => service.stop());
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, `${name}.new`), text);
    renameSync(join(folder, `${name}.new`), join(folder, name));
  };
  const prepare = (text: string): ReturnType<InventoryService["prepare"]> => {
    write("pybootd.ini", `[bootpd]\npool_start = 192.168.1.100\n${text}`);
    return service.prepare({ config: loadFile(join(folder, "pybootd.ini")) });
  };
  return {
    service,
    write,
    prepare,
    said: (): readonly string[] => lines.splice(0),
    name: (): string | undefined => {
      const host = service.find(MACHINE);
      return host instanceof Promise ? "later" : host?.hostName;
    },
    /** Lets the sources look at their files until one says something. */
    followed: async (): Promise<readonly string[]> => {
      while (lines.length === 0) {
        clock.advance(1000);
        await new Promise(setImmediate);
      }
      return lines.splice(0);
    },
  };
}

const host = (name: string): string => `${MACHINE.mac}: {hostname: ${name}}\n`;

await t.test("a file is silent until it counts, and is kept while it is the same", async (t) => {
  const site = openSite(t);
  site.write("hosts.yaml", host("one"));
  const first = await site.prepare("[hosts]\nfile = hosts.yaml\n");
  t.strictSame(site.said(), []);
  t.equal(site.name(), undefined, "what is prepared is not known yet");
  first.commit();
  t.strictSame(site.said(), ["hosts.yaml: 1 machine: 1 new, 0 changed, 0 gone"]);
  t.equal(site.name(), "one");

  // A file that is read anew would be refused.
  site.write("hosts.yaml", "wrong\n");
  (await site.prepare("[hosts]\nfile = hosts.yaml\nscripts = .\n")).commit();
  t.strictSame(site.said(), []);
  t.equal(site.name(), "one");
  t.match(await site.followed(), [/^hosts\.yaml was changed and cannot be used/], "one of them follows it");

  site.write("hosts.yaml", host("two"));
  t.strictSame(await site.followed(), ["hosts.yaml: 1 machine: 0 new, 1 changed, 0 gone"]);
  t.equal(site.name(), "two");
});

await t.test("another file takes the place of the former, which is followed no more", async (t) => {
  const site = openSite(t);
  site.write("one.yaml", host("one"));
  site.write("two.yaml", host("two"));
  (await site.prepare("[hosts]\nfile = one.yaml\n")).commit();
  site.said();
  const next = await site.prepare("[hosts]\nfile = two.yaml\n");
  t.equal(site.name(), "one");
  next.commit();
  t.equal(site.name(), "two");
  t.strictSame(site.said(), ["two.yaml: 1 machine: 1 new, 0 changed, 0 gone"]);
  site.write("one.yaml", host("three"));
  site.write("two.yaml", host("four"));
  t.strictSame(await site.followed(), ["two.yaml: 1 machine: 0 new, 1 changed, 0 gone"]);
  (await site.prepare("")).commit();
  t.equal(site.name(), undefined);
});

await t.test("what is rolled back said nothing, and leaves the former as it was", async (t) => {
  const site = openSite(t);
  site.write("one.yaml", host("one"));
  site.write("two.yaml", host("two"));
  (await site.prepare("[hosts]\nfile = one.yaml\n")).commit();
  site.said();
  (await site.prepare("[hosts]\nfile = two.yaml\n")).rollback();
  (await site.prepare("[hosts]\nfile = one.yaml\n")).rollback();
  await t.rejects(site.prepare("[hosts]\nfile = three.yaml\n"), ConfigError);
  t.strictSame(site.said(), []);
  t.equal(site.name(), "one");
  site.write("two.yaml", host("three"));
  site.write("one.yaml", host("four"));
  t.strictSame(await site.followed(), ["one.yaml: 1 machine: 0 new, 1 changed, 0 gone"]);
  t.equal(site.name(), "four");
});

await t.test("the machines of the configuration file are those that it names now", async (t) => {
  const site = openSite(t);
  const reserve = (name: string): string =>
    `[static_dhcp]\n${MACHINE.mac.replaceAll(":", "-")} = 192.168.1.9 ${name}\n`;
  (await site.prepare(reserve("one"))).commit();
  const next = await site.prepare(reserve("two"));
  t.equal(site.name(), "one");
  t.match([...site.service.prepared.known()], [{ host: { hostName: "two" } }]);
  next.commit();
  t.equal(site.name(), "two");
  t.match([...site.service.known()], [{ host: { hostName: "two" } }]);
});
