import { Refusal } from "../../lib/common/refusal.js";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { CHUNK_SIZE, ChunkCache } from "../../lib/files/chunk-cache.js";
import { FolderSource, LocalFiles } from "../../lib/files/folder.js";
import { QuickFiles } from "../../lib/files/quick-files.js";
import { loadLibc } from "../../lib/os/libc.js";
import { countedOctets, readAll, servedAs } from "../support/files.js";

interface Folders {
  readonly root: string;
  readonly outside: string;
  readonly source: FolderSource;
}

/** A folder `tftp` to serve, in a folder with what must not be. */
async function makeFolders(t: Test, quick: QuickFiles | undefined): Promise<Folders> {
  const outside = t.testdir({
    secret: "secret",
    tftp: { "pxelinux.0": "pxelinux", empty: "", boot: { vmlinuz: "kernel" }, "a b%20c": "spaces" },
    tftp2: { secret: "secret" },
  });
  const root = join(outside, "tftp");
  for (const folder of [root, join(root, "boot")]) await quick?.learn(folder);
  return { root, outside, source: new FolderSource(root, new LocalFiles(new ChunkCache(0), quick)) };
}

async function runFolderTests(t: Test, quick: QuickFiles | undefined): Promise<void> {
  await t.test("serves the files below the folder", async (t) => {
    const { root, source } = await makeFolders(t, quick);
    t.equal(await servedAs(source, "pxelinux.0"), "pxelinux");
    t.equal(await servedAs(source, "boot/vmlinuz"), "kernel");
    t.equal(await servedAs(source, "a b%20c"), "spaces");
    t.equal(await servedAs(source, "empty"), "");
    const file = await source.open("boot/vmlinuz");
    t.match(file, { origin: join(root, "boot/vmlinuz"), size: 6 });
    t.equal(file.validators.modified, statSync(join(root, "boot/vmlinuz")).mtimeMs);
    file.close();
    file.close();
  });

  await t.test("what is no regular file is refused, what is not there is not found", async (t) => {
    const { root, source } = await makeFolders(t, quick);
    symlinkSync("nowhere", join(root, "dangling"));
    symlinkSync("loop", join(root, "loop"));
    t.equal(spawnSync("mkfifo", [join(root, "fifo")]).status, 0);
    const cases = {
      boot: "forbidden",
      fifo: "forbidden",
      loop: "forbidden",
      dangling: "not-found",
      missing: "not-found",
      "boot/missing": "not-found",
      "pxelinux.0/x": "not-found",
      ["x".repeat(300)]: "not-found",
    };
    for (const [name, expected] of Object.entries(cases)) t.equal(await servedAs(source, name), expected, name);
  });

  await t.test("a link is followed within the folder, and refused where it leads out", async (t) => {
    const { root, outside, source } = await makeFolders(t, quick);
    symlinkSync("boot/vmlinuz", join(root, "kernel"));
    symlinkSync(join(root, "boot"), join(root, "again"));
    symlinkSync("../secret", join(root, "relative"));
    symlinkSync(join(outside, "secret"), join(root, "absolute"));
    symlinkSync("..", join(root, "up"));
    symlinkSync("../tftp2", join(root, "sibling"));
    const cases = {
      kernel: "kernel",
      "again/vmlinuz": "kernel",
      relative: "forbidden",
      absolute: "forbidden",
      "up/secret": "forbidden",
      "up/tftp/pxelinux.0": "pxelinux",
      "sibling/secret": "forbidden",
    };
    for (const [name, expected] of Object.entries(cases)) t.equal(await servedAs(source, name), expected, name);
  });

  await t.test("a link of a name that is known beforehand is followed out of the folder, and no other", async (t) => {
    const { root } = await makeFolders(t, quick);
    symlinkSync("../secret", join(root, "ipxe.efi"));
    symlinkSync("../secret", join(root, "other.efi"));
    const source = new FolderSource(root, new LocalFiles(new ChunkCache(0), quick), new Set(["ipxe.efi"]));
    t.equal(await servedAs(source, "ipxe.efi"), "secret");
    t.equal(await servedAs(source, "other.efi"), "forbidden");
    t.equal(await servedAs(source, "boot/vmlinuz"), "kernel");
  });

  await t.test("a name that was not made normal leads nowhere else either", async (t) => {
    const { outside, source } = await makeFolders(t, quick);
    for (const name of ["../secret", "../tftp2/secret", "boot/../../secret", "..", join(outside, "secret")]) {
      t.match(await servedAs(source, name), /^(forbidden|not-found)$/, name);
    }
  });

  await t.test("the folder itself may be a link, and the root of the file system", async (t) => {
    const { root, outside } = await makeFolders(t, quick);
    symlinkSync("tftp", join(outside, "link"));
    const local = new LocalFiles(new ChunkCache(0), quick);
    t.equal(await servedAs(new FolderSource(join(outside, "link"), local), "pxelinux.0"), "pxelinux");
    t.equal(await servedAs(new FolderSource("/", local), join(root, "pxelinux.0").slice(1)), "pxelinux");
    t.equal(await servedAs(new FolderSource(join(outside, "nowhere"), local), "pxelinux.0"), "not-found");
  });

  await t.test("a link that is turned to lead out is refused from then on", async (t) => {
    const { root, source } = await makeFolders(t, quick);
    symlinkSync("boot/vmlinuz", join(root, "kernel"));
    t.equal(await servedAs(source, "kernel"), "kernel");
    rmSync(join(root, "kernel"));
    symlinkSync("../secret", join(root, "kernel"));
    t.equal(await servedAs(source, "kernel"), "forbidden");
    rmSync(join(root, "kernel"));
    symlinkSync("pxelinux.0", join(root, "kernel"));
    t.equal(await servedAs(source, "kernel"), "pxelinux");
  });

  await t.test("what one folder may serve does not open it to a narrower one", async (t) => {
    const { root, outside } = await makeFolders(t, quick);
    symlinkSync("../secret", join(root, "link"));
    const local = new LocalFiles(new ChunkCache(0), quick);
    const wide = new FolderSource(outside, local);
    const narrow = new FolderSource(root, local);
    t.equal(await servedAs(narrow, "link"), "forbidden");
    t.equal(await servedAs(wide, "tftp/link"), "secret");
    t.equal(await servedAs(narrow, "link"), "forbidden", "also when it is known by the other");
  });

  await t.test("what this user may not read is refused", async (t) => {
    const { root, source } = await makeFolders(t, quick);
    chmodSync(join(root, "pxelinux.0"), 0);
    // Root may read everything, so that for a moment this process is somebody else.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.("nobody");
    const served = await servedAs(source, "pxelinux.0").finally(() => {
      if (isRoot) process.seteuid?.(0);
    });
    t.equal(served, "forbidden");
  });

  await t.test("a name is found in any case where that means one file", async (t) => {
    const { root, source } = await makeFolders(t, quick);
    mkdirSync(join(root, "Two"));
    for (const name of ["x", "X"]) writeFileSync(join(root, "Two", name), `this is ${name}`);
    const cases = {
      "PXELINUX.0": "pxelinux",
      "Boot/VMLINUZ": "kernel",
      "two/x": "this is x",
      "two/X": "this is X",
      "BOOT/missing": "not-found",
    };
    for (const [name, expected] of Object.entries(cases)) t.equal(await servedAs(source, name), expected, name);
    writeFileSync(join(root, "tWO"), "a file");
    t.equal(await servedAs(source, "two/x"), "not-found", "not where it may mean more than one");
  });

  await t.test("a large file is the same, octet by octet, from any offset on", async (t) => {
    const { root, source } = await makeFolders(t, quick);
    const octets = countedOctets(3 * CHUNK_SIZE + 5);
    writeFileSync(join(root, "initrd.gz"), octets);
    const file = await source.open("initrd.gz");
    t.equal(file.size, octets.length);
    for (const from of [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 3 * CHUNK_SIZE, octets.length - 1, 7]) {
      t.ok((await readAll(file, from)).equals(octets.subarray(from)), `from ${from} on`);
    }
    for (const beyond of [octets.length, octets.length + 1, octets.length + CHUNK_SIZE]) {
      t.equal((await file.chunkAt(beyond)).length, 0);
    }
    file.close();
  });

  await t.test("a file whose size is a whole number of chunks ends there", async (t) => {
    const { root, source } = await makeFolders(t, quick);
    writeFileSync(join(root, "even"), countedOctets(2 * CHUNK_SIZE));
    const file = await source.open("even");
    t.equal((await readAll(file)).length, 2 * CHUNK_SIZE);
    t.equal((await file.chunkAt(2 * CHUNK_SIZE)).length, 0);
    file.close();
  });

  await t.test("a file that changes is served anew, and who was reading it is told", async (t) => {
    const changes: Readonly<Record<string, (path: string) => void>> = {
      grows: (path) => {
        appendFileSync(path, "more");
      },
      shrinks: (path) => {
        truncateSync(path, CHUNK_SIZE + 1);
      },
      "is written anew": (path) => {
        writeFileSync(path, countedOctets(3 * CHUNK_SIZE).reverse());
        utimesSync(path, 1, 1);
      },
    };
    for (const [what, change] of Object.entries(changes)) {
      const { root, source } = await makeFolders(t, quick);
      const path = join(root, "initrd.gz");
      writeFileSync(path, countedOctets(3 * CHUNK_SIZE));
      const file = await source.open("initrd.gz");
      await file.chunkAt(0);
      change(path);
      await t.rejects(
        async () => file.chunkAt(CHUNK_SIZE),
        { kind: "unavailable", message: /initrd\.gz changed while it was read/ },
        `a file that ${what}`,
      );
      file.close();
      const successor = await source.open("initrd.gz");
      t.equal(successor.size, statSync(path).size);
      t.equal((await readAll(successor)).length, statSync(path).size);
      successor.close();
    }
  });

  await t.test("who reads a file that is replaced by another gets the one that was opened", async (t) => {
    const { root, source } = await makeFolders(t, quick);
    const path = join(root, "initrd.gz");
    const octets = countedOctets(3 * CHUNK_SIZE);
    writeFileSync(path, octets);
    const file = await source.open("initrd.gz");
    await file.chunkAt(0);
    writeFileSync(`${path}.new`, "new");
    renameSync(`${path}.new`, path);
    t.ok((await readAll(file)).equals(octets));
    t.equal(await servedAs(source, "initrd.gz"), "new");
    file.close();
  });
}

await t.test("with Node's threads alone", (t) => runFolderTests(t, undefined));

const libc = await loadLibc();
await t.test(
  "with what is quick done at once",
  { skip: libc instanceof Refusal && process.platform !== "linux" },
  async (t) => {
    if (libc instanceof Refusal) t.fail(libc.cause);
    else await runFolderTests(t, new QuickFiles(libc));
  },
);

await t.test("what is in memory is opened and read at once, and nothing else", async (t) => {
  if (libc instanceof Refusal) return;
  const quick = new QuickFiles(libc);
  const folder = t.testdir({ file: "octets", link: t.fixture("symlink", "file") });
  t.equal(quick.open(join(folder, "file")), undefined, "of this folder nothing is known");
  await quick.learn(folder);
  t.equal(quick.open(join(folder, "link")), undefined, "a link may lead anywhere");
  t.equal(quick.open(join(folder, "missing")), undefined);
  const descriptor = quick.open(join(folder, "file"));
  if (descriptor === undefined) throw new Error("it was just written");
  const octets = Buffer.alloc(6);
  t.ok(quick.read(descriptor, octets, 0));
  t.equal(octets.toString(), "octets");
  t.notOk(quick.read(descriptor, octets, 3), "there are only three more");
  closeSync(descriptor);
  await quick.learn("/proc/self");
  t.equal(quick.open("/proc/self/status"), undefined, "whatever is not sure to be near");
});
