/** Which machines that boot once have done so. */

import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { isInstalledSystem, OneShotFolder } from "../../lib/boot/one-shots.js";
import { mac } from "../support/values.js";

const MACHINE = mac("52:54:00:61:a1:70");

await t.test("what is reported outlasts the process, and can be reset by another one", (t) => {
  const folder = join(t.testdir(), "state", "once");
  const once = new OneShotFolder(folder);
  t.notOk(once.isDone(MACHINE));
  t.strictSame(once.finished(), []);
  t.ok(once.finish(MACHINE, "script"));
  t.notOk(once.finish(MACHINE, "lease"), "once is once");
  const other = new OneShotFolder(folder);
  t.ok(other.isDone(MACHINE));
  t.match(other.finished(), [{ mac: MACHINE, at: Number }]);
  t.ok(other.reset(MACHINE));
  t.notOk(other.reset(MACHINE));
  t.notOk(once.isDone(MACHINE));
  t.strictSame(once.finished(), []);
  t.end();
});

await t.test("they are their owner's alone", (t) => {
  const mask = process.umask(0);
  t.teardown(() => process.umask(mask));
  const folder = join(t.testdir(), "once");
  new OneShotFolder(folder).finish(MACHINE, "lease");
  t.equal(statSync(folder).mode & 0o777, 0o700);
  t.equal(statSync(join(folder, "52-54-00-61-a1-70")).mode & 0o777, 0o600);
  t.end();
});

await t.test("a file that a power cut left empty counts, and others in the folder do not", (t) => {
  const folder = t.testdir({ "52-54-00-61-a1-70": "", "52-54-00-61-a1-71.new": "{", README: "" });
  const once = new OneShotFolder(folder);
  t.ok(once.isDone(MACHINE));
  t.strictSame(once.finished(), [{ mac: MACHINE, at: undefined }]);
  t.end();
});

await t.test("what cannot be kept counts until the process ends", (t) => {
  const folder = join(t.testdir({ file: "" }), "file", "once");
  writeFileSync(join(folder, ".."), "");
  const once = new OneShotFolder(folder);
  t.throws(() => once.finish(MACHINE, "script"), { code: /ENOTDIR|EEXIST/ });
  t.ok(once.isDone(MACHINE));
  t.end();
});

await t.test("the lease of an installer is not that of the installed system", (t) => {
  t.notOk(isInstalledSystem("d-i"));
  t.notOk(isInstalledSystem("anaconda-Linux 6.1.0 x86_64"));
  t.notOk(isInstalledSystem("Linux ipconfig"));
  t.notOk(isInstalledSystem("U-Boot.armv8"));
  t.ok(isInstalledSystem(undefined));
  t.ok(isInstalledSystem("MSFT 5.0"));
  t.end();
});
