/** Links that are turned while they are followed: no octet of what is outside of a folder ever leaves. */

import { Refusal } from "../../lib/common/refusal.js";
import t, { type Test } from "tap";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { LocalFiles } from "../../lib/files/folder.js";
import { QuickFiles } from "../../lib/files/quick-files.js";
import { HostScripts } from "../../lib/boot/ipxe/script-folder.js";
import { loadLibc } from "../../lib/os/libc.js";
import { mac } from "../support/values.js";
import { folderReader, race, type Race } from "../support/symlink-race.js";

const READS = 1500;

function judge(t: Test, { own, refused, leaked }: Race): void {
  t.strictSame(leaked, []);
  t.ok(own > 0 && refused > 0, `both were met: ${own} times what may be read, ${refused} times what may not`);
}

await t.test("files are opened by Node's threads", async (t) => {
  judge(t, await race(t.testdir({}), READS, folderReader(new LocalFiles(new ChunkCache(0)))));
});

await t.test("files are opened by openat2", async (t) => {
  const libc = await loadLibc();
  if (libc instanceof Refusal) t.pass(libc.cause);
  else
    judge(t, await race(t.testdir({}), READS, folderReader(new LocalFiles(new ChunkCache(0), new QuickFiles(libc)))));
});

await t.test("what was read is kept in memory", async (t) => {
  judge(t, await race(t.testdir({}), READS, folderReader(new LocalFiles(new ChunkCache(1024 * 1024)))));
});

await t.test("scripts of machines", async (t) => {
  const result = await race(t.testdir({}), READS, (folder) => {
    const scripts = new HostScripts(folder);
    return async (name) => {
      if (name.includes("/")) return undefined;
      return scripts.read(mac(name)).catch(() => undefined);
    };
  });
  judge(t, result);
});
