import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { writePidFile } from "../../lib/os/pid-file.js";
import { StartError } from "../../lib/os/start-error.js";

await t.test("it is there while the process is, in a folder that is made for it", (t) => {
  const path = join(t.testdir(), "run/pybootd.pid");
  const file = writePidFile(path, 4711);
  t.equal(readFileSync(path, "utf8"), "4711\n");
  file.remove();
  t.notOk(existsSync(path));
  file.remove();
  t.end();
});

await t.test("another process's is not removed", (t) => {
  const path = join(t.testdir(), "pybootd.pid");
  const file = writePidFile(path, 4711);
  writePidFile(path, 4712);
  file.remove();
  t.equal(readFileSync(path, "utf8"), "4712\n");
  t.end();
});

await t.test("a link is not followed: where it leads may be anybody's", (t) => {
  const folder = t.testdir({ other: "as it was" });
  const path = join(folder, "pybootd.pid");
  symlinkSync(join(folder, "other"), path);
  t.throws(() => writePidFile(path), {
    name: "StartError",
    message: /\[daemon\] pid_file: \S+ cannot be written: ELOOP/,
  });
  t.equal(readFileSync(join(folder, "other"), "utf8"), "as it was");
  writeFileSync(join(folder, "file"), "");
  t.throws(() => writePidFile(join(folder, "file/pybootd.pid")), StartError);
  t.end();
});
