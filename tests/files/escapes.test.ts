/** Every way to write a name that means something outside of what is served, and files that are none. */

import { Refusal } from "../../lib/common/refusal.js";
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { BootFiles } from "../../lib/files/boot-files.js";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { makeFilter } from "../../lib/files/filters.js";
import { FolderSource, LocalFiles } from "../../lib/files/folder.js";
import { QuickFiles } from "../../lib/files/quick-files.js";
import { FileError } from "../../lib/files/source.js";
import { loadLibc } from "../../lib/os/libc.js";
import { HttpBench } from "../support/http-bench.js";
import { getRaw } from "../support/http-raw.js";
import { servedAs } from "../support/files.js";

const SECRET = "the secret";

/** Ways to say `..` and `/`. */
const DOTS = ["..", "%2e%2e", "%2E.", "%252e%252e", "\u2025", "%c0%ae%c0%ae", "\uff0e\uff0e", ".. ", "..\0", "..;"];
const SLASHES = ["/", "\\", "//", "/./", "%2f", "%5c", "%252f", "%c0%af", "\u2215", "\0/"];

const NAMES = [
  ...DOTS.flatMap((dots) =>
    SLASHES.flatMap((slash) => [1, 2, 3].map((count) => `${(dots + slash).repeat(count)}secret`)),
  ),
  ...DOTS.flatMap((dots) => SLASHES.map((slash) => `boot${slash}${dots}${slash}${dots}${slash}secret`)),
  ...["/etc/passwd", "//etc/passwd", "\\etc\\passwd", "C:\\secret", "file:///etc/passwd", "~root/secret", "~/secret"],
  ...[
    "/proc/self/environ",
    "/proc/self/root/etc/passwd",
    "/dev/fd/0",
    "/dev/zero",
    "secret\0.cfg",
    "\0",
    ".",
    "..",
    "",
  ],
  ...["out/secret", "file-out", "absolute", "proc", "zero", "pipe", "boot", "x".repeat(5000), "a/".repeat(2000)],
  ...["{file}", "{filename}", "${secret}", "`cat secret`", "$(cat secret)", "| cat secret", "%", "%zz", "\ud800"],
];

/** A folder to serve, beside what must not be. */
function makeFolders(t: Test): { readonly outside: string; readonly root: string } {
  const outside = t.testdir({ secret: SECRET, served: { boot: { kernel: "kernel" } }, beside: { secret: SECRET } });
  const root = join(outside, "served");
  symlinkSync("..", join(root, "out"));
  symlinkSync("../secret", join(root, "file-out"));
  symlinkSync(join(outside, "secret"), join(root, "absolute"));
  symlinkSync("/proc/self/environ", join(root, "proc"));
  symlinkSync("/dev/zero", join(root, "zero"));
  t.equal(spawnSync("mkfifo", [join(root, "pipe")]).status, 0);
  return { outside, root };
}

function filesOf(
  outside: string,
  root: string,
  local: LocalFiles,
  filters: Readonly<Record<string, string>>,
): BootFiles {
  const folders = { configuration: join(outside, "beside"), package: "/nonexistent" };
  const made = Object.entries(filters).map(([pattern, value]) => makeFilter(pattern, value));
  return new BootFiles(new FolderSource(root, local), made, folders, local);
}

/** Returns the content of a name for clients that choose their own facts. */
async function served(files: BootFiles, name: string): Promise<string> {
  try {
    const file = await files.open(name, { file: name, mac: name, uuid: name, arch: name });
    file.close();
    const bound = { open: () => files.open(name, { file: name, mac: name, uuid: name, arch: name }) };
    return file.size !== undefined && file.size > 1_000_000 ? "large" : await servedAs(bound, name);
  } catch (error) {
    if (error instanceof FileError) return error.kind;
    throw error;
  }
}

const libc = await loadLibc();
const QUICK = libc instanceof Refusal ? [undefined] : [undefined, new QuickFiles(libc)];

for (const quick of QUICK) {
  const how = quick === undefined ? "by Node's threads" : "by openat2";

  await t.test(`no name leads out of a folder or of a filter's part of it, ${how}`, async (t) => {
    const { outside, root } = makeFolders(t);
    await quick?.learn(root);
    const local = new LocalFiles(new ChunkCache(1024 * 1024), quick);
    const all: readonly Readonly<Record<string, string>>[] = [
      {},
      { "*": "{filename}" },
      { "*": "./{filename}x" },
      { "*": "boot/{file}" },
      { "*": "{mac}/{uuid}" },
      { "*": "./boot/{arch}" },
      { "*": "[{filename}]" },
      { "*": `${root}/{filename}` },
    ];
    for (const filters of all) {
      const files = filesOf(outside, root, local, filters);
      for (const name of NAMES) {
        const what = await served(files, name);
        if (!["forbidden", "not-found", "unavailable", "kernel"].includes(what)) {
          t.fail(`${JSON.stringify(filters)} ${JSON.stringify(name)}: ${what}`);
        }
      }
    }
    t.equal(await served(filesOf(outside, root, local, {}), "boot/kernel"), "kernel");
  });
}

await t.test("no target of HTTP leads out", async (t) => {
  const { outside, root } = makeFolders(t);
  const bench = await HttpBench.start(t, filesOf(outside, root, new LocalFiles(new ChunkCache(0)), {}));
  for (const name of NAMES.filter((each) => !each.includes("\ud800"))) {
    const target = `/${name.replace(/[^\x21-\x7e]/g, encodeURIComponent)}`.slice(0, 4000);
    const { status, body } = await getRaw(bench.port, target);
    t.ok([400, 403, 404].includes(status) && !body.includes(SECRET), `${status} ${target.slice(0, 60)}`);
  }
  for (const line of bench.log()) t.notMatch(line, /[\0-\x1f\x7f-\x9f]/);
});

await t.test("a file of a terabyte without octets is opened like any other; so is a folder of many", async (t) => {
  const { outside, root } = makeFolders(t);
  writeFileSync(join(root, "sparse"), "");
  truncateSync(join(root, "sparse"), 2 ** 40);
  for (let index = 0; index < 500; index++) mkdirSync(join(root, `folder-${index}`));
  const files = filesOf(outside, root, new LocalFiles(new ChunkCache(1024 * 1024)), {});
  const file = await files.open("sparse", {});
  t.equal(file.size, 2 ** 40);
  t.ok((await file.chunkAt(2 ** 40 - 1)).equals(Buffer.alloc(1)));
  file.close();
  t.equal(await served(files, "FOLDER-7/nothing"), "not-found");
});
