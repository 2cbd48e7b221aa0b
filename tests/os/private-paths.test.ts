/** Files that only their owner may read. */

import { chmodSync, linkSync, lstatSync, mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { closeFolder, makePrivateFolder } from "../../lib/os/private-paths.js";

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const isOurs = (name: string): boolean => name.endsWith(".mdb");

await t.test("a folder is made for its owner alone, those above it as usual", (t) => {
  const mask = process.umask(0o022);
  t.teardown(() => process.umask(mask));
  const above = join(t.testdir(), "state");
  makePrivateFolder(join(above, "leases"));
  t.equal(modeOf(join(above, "leases")), "700");
  t.equal(modeOf(above), "755");
  makePrivateFolder(join(above, "leases"));
  t.end();
});

await t.test("one that others may read is closed, with what is in it", (t) => {
  const folder = t.testdir({ "a.mdb": "", "b.mdb": "" });
  chmodSync(folder, 0o2755);
  chmodSync(join(folder, "a.mdb"), 0o664);
  chmodSync(join(folder, "b.mdb"), 0o400);
  closeFolder(folder, isOurs);
  t.equal(modeOf(folder), "2700");
  t.equal(modeOf(join(folder, "a.mdb")), "600");
  t.equal(modeOf(join(folder, "b.mdb")), "400");
  closeFolder(join(folder, "missing"), isOurs);
  t.end();
});

await t.test("what else is there stays open, and the folder with it; no link is followed", (t) => {
  const root = t.testdir({ mixed: { "a.mdb": "", README: "" }, shared: { "a.mdb": "" }, other: "", linked: "" });
  const [mixed, shared] = [join(root, "mixed"), join(root, "shared")];
  symlinkSync("../other", join(shared, "link.mdb"));
  linkSync(join(root, "linked"), join(shared, "second.mdb"));
  mkdirSync(join(shared, "folder.mdb"));
  for (const name of ["mixed", "mixed/a.mdb", "mixed/README", "shared/a.mdb", "shared/folder.mdb", "other", "linked"]) {
    chmodSync(join(root, name), 0o755);
  }
  chmodSync(shared, 0o1777);
  closeFolder(mixed, isOurs);
  closeFolder(shared, isOurs);
  t.equal(modeOf(mixed), "755");
  t.equal(modeOf(join(mixed, "README")), "755");
  t.equal(modeOf(join(mixed, "a.mdb")), "700");
  t.equal(modeOf(shared), "1777");
  t.equal(modeOf(join(shared, "a.mdb")), "700");
  for (const name of ["other", "linked", "shared/folder.mdb"]) t.equal(modeOf(join(root, name)), "755", name);
  t.ok(lstatSync(join(shared, "link.mdb")).isSymbolicLink());
  t.end();
});
