import { setImmediate } from "node:timers/promises";
import t, { type Test } from "tap";
import { BootFiles } from "../../lib/files/boot-files.js";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { makeFilter } from "../../lib/files/filters.js";
import { LocalFiles } from "../../lib/files/folder.js";
import { KnownSizes } from "../../lib/files/known-sizes.js";
import { FileError, type FileSource } from "../../lib/files/source.js";
import { packageFolder } from "../../lib/common/package.js";
import { ManualClock } from "../support/manual-clock.js";
import { MemorySource } from "../support/memory-source.js";

function makeSizes(t: Test, source: FileSource): { readonly sizes: KnownSizes; readonly clock: ManualClock } {
  const clock = new ManualClock();
  const folder = t.testdir({ "pxe.cfg": "12345" });
  const filters = [makeFilter("filtered", "./pxe.cfg"), makeFilter("personal", "./{mac}.cfg")];
  const local = new LocalFiles(new ChunkCache(0));
  const files = new BootFiles(source, filters, { configuration: folder, package: packageFolder }, local);
  return { sizes: new KnownSizes(files, clock), clock };
}

/** Lets go on what goes on in the background, until `size` is what is known of a name. */
async function becomes(sizes: KnownSizes, name: string, size: number | undefined): Promise<void> {
  while (sizes.sizeOf(name) !== size) await setImmediate();
}

await t.test("what was learnt is told at once; what nobody asked for is learnt in the background", async (t) => {
  const source = new MemorySource({ "pxelinux.0": Buffer.alloc(42), "bootx64.efi": Buffer.alloc(7) });
  const { sizes } = makeSizes(t, source);
  await sizes.learn("pxelinux.0");
  t.equal(sizes.sizeOf("pxelinux.0"), 42);
  t.equal(sizes.sizeOf("bootx64.efi"), undefined);
  await becomes(sizes, "bootx64.efi", 7);
  t.equal(source.opened, 2);
  t.equal(source.inUse, 0, "nothing is left open");
});

await t.test("a size is that of the file which the filters give", async (t) => {
  const { sizes } = makeSizes(t, new MemorySource({}));
  await sizes.learn("filtered");
  t.equal(sizes.sizeOf("filtered"), 5);
  await sizes.learn("personal");
  t.equal(sizes.sizeOf("personal"), undefined, "what depends on the machine has none");
});

await t.test("a file that cannot be had has no size, and is looked up again after a while only", async (t) => {
  const away = new FileError({ code: "mirror-unreachable", url: "http://mirror/broken", error: "away" });
  const files: Record<string, Buffer | Error> = { broken: away };
  const source = new MemorySource(files);
  const { sizes, clock } = makeSizes(t, source);
  for (const name of ["missing", "broken"]) {
    await sizes.learn(name);
    for (let count = 0; count < 10; count++) t.equal(sizes.sizeOf(name), undefined);
  }
  t.equal(source.opened, 2);
  files["broken"] = Buffer.alloc(9);
  clock.advance(60_001);
  t.equal(sizes.sizeOf("broken"), undefined);
  await becomes(sizes, "broken", 9);
  t.equal(source.opened, 3);
});

await t.test("an old size is told until a new one is known", async (t) => {
  const files = { "pxelinux.0": Buffer.alloc(1) };
  const source = new MemorySource(files);
  const { sizes, clock } = makeSizes(t, source);
  await sizes.learn("pxelinux.0");
  files["pxelinux.0"] = Buffer.alloc(2);
  clock.advance(60_000);
  t.equal(sizes.sizeOf("pxelinux.0"), 1);
  t.equal(source.opened, 1, "it is fresh");
  clock.advance(1);
  source.stall();
  for (let count = 0; count < 10; count++) t.equal(sizes.sizeOf("pxelinux.0"), 1);
  source.resume();
  await becomes(sizes, "pxelinux.0", 2);
  t.equal(source.opened, 2, "it was looked up once, however often it was asked for");
});

await t.test("a name that leads out of the root has no size", async (t) => {
  const { sizes } = makeSizes(t, new MemorySource({}));
  await sizes.learn("../../etc/passwd");
  t.equal(sizes.sizeOf("../../etc/passwd"), undefined);
});

await t.test("more names than are remembered can be asked for", async (t) => {
  const source = new MemorySource({ "pxelinux.0": Buffer.alloc(1) });
  const { sizes } = makeSizes(t, source);
  await sizes.learn("pxelinux.0");
  for (let index = 0; index < 1024; index++) await sizes.learn(`made-up-${index}`);
  t.equal(sizes.sizeOf("pxelinux.0"), undefined, "it was forgotten");
  await becomes(sizes, "pxelinux.0", 1);
});
