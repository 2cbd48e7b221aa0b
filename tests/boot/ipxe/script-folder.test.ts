import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { HostScripts } from "../../../lib/boot/ipxe/script-folder.js";
import { mac, macNumber } from "../../support/values.js";

const MACHINE = mac("52-54-00-61-A1-70");

await t.test("the script of a machine is the file of its name, as it is at the moment", async (t) => {
  const folder = t.testdir({ "52-54-00-61-a1-70": "#!ipxe\n", "52-54-00-61-A1-71": "#!ipxe upper\n" });
  const scripts = new HostScripts(folder);
  t.equal(await scripts.read(MACHINE), "#!ipxe\n");
  t.equal(await scripts.read(mac("52-54-00-61-a1-71")), "#!ipxe upper\n");
  t.equal(await scripts.read(macNumber(1)), undefined);
  writeFileSync(join(folder, "52-54-00-61-a1-70"), "#!ipxe\nexit\n");
  t.equal(await scripts.read(MACHINE), "#!ipxe\nexit\n");
  rmSync(join(folder, "52-54-00-61-a1-70"));
  t.equal(await scripts.read(MACHINE), undefined);
  t.equal(await new HostScripts(join(folder, "missing")).read(MACHINE), undefined);
});

await t.test("links stay in the folder; what is no script is not read", async (t) => {
  const folder = t.testdir({ scripts: { install: "#!ipxe install\n" }, secret: "secret" });
  const scripts = new HostScripts(join(folder, "scripts"));
  const path = (index: number): string => join(folder, "scripts", macNumber(index).replaceAll(":", "-"));
  symlinkSync("install", path(1));
  t.equal(await scripts.read(macNumber(1)), "#!ipxe install\n");
  symlinkSync("../secret", path(2));
  await t.rejects(scripts.read(macNumber(2)), { message: /leads out of/ });
  execFileSync("mkfifo", [path(3)]);
  await t.rejects(scripts.read(macNumber(3)), { message: /is not a file/ });
  writeFileSync(path(4), Buffer.alloc(1024 * 1024 + 1));
  await t.rejects(scripts.read(macNumber(4)), { message: /more than 1048576 octets/ });
});
