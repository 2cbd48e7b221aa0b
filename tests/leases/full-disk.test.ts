/** A disk that takes no more: who waits for a lease is told one clear reason, and nothing is written to the terminal. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import t from "tap";

/** dist/tests/support/lease-writer.js, seen from dist/tests/leases/. */
const WRITER = fileURLToPath(new URL("../support/lease-writer.js", import.meta.url));

/** Needs no root, unlike a small disk: the system refuses to let the process's files grow. */
function limitFiles(pid: number | undefined, octets: number | "unlimited"): void {
  const { status, stderr } = spawnSync("prlimit", [`--pid=${pid}`, `--fsize=${octets}:unlimited`]);
  if (status !== 0) throw new Error(String(stderr));
}

const without = spawnSync("prlimit", ["--version"]).error === undefined ? false : "there is no prlimit here";

await t.test("where its file may not grow that is said once, and only to who asked", { skip: without }, async (t) => {
  const folder = join(t.testdir(), "leases");
  // As users run it: what tap adds to Node.js ends a process whose file may not grow.
  const command = ["-u", "NODE_OPTIONS", process.execPath, WRITER, folder];
  const writer = spawn("env", command, { stdio: ["pipe", "pipe", "pipe"] });
  const stderr = text(writer.stderr);
  const lines = createInterface(writer.stdout)[Symbol.asyncIterator]();
  const heard = async (): Promise<unknown> => (await lines.next()).value;
  const put = (count: number): Promise<unknown> => {
    writer.stdin.write(`${count}\n`);
    return heard();
  };
  t.equal(await heard(), "open");
  t.equal(await put(40), "kept");

  const { size } = statSync(join(folder, "data.mdb"));
  // Within a page, so that a part of what is written fits.
  limitFiles(writer.pid, size + 5000);
  let kept = 40;
  const reasons = new Set<unknown>();
  for (let batch = 0; batch < 40; batch++) {
    const outcome = await put(200);
    if (outcome === "kept") kept += 200;
    else reasons.add(outcome);
  }
  t.strictSame([...reasons], [`EFBIG: file too large, write '${join(folder, "data.mdb")}'`]);

  limitFiles(writer.pid, "unlimited");
  t.equal(await put(40), "kept", "with room again the same process goes on");
  writer.stdin.end();
  t.equal(await heard(), `${kept + 40} leases`, "those that were kept, and no others");
  await once(writer, "close");
  t.equal(await stderr, "", "nothing beside the log");
});
