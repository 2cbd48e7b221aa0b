import t from "tap";
import { CHUNK_SIZE, ChunkCache } from "../../lib/files/chunk-cache.js";
import { SharedFile, type Content } from "../../lib/files/shared-file.js";
import { FileError, readStart } from "../../lib/files/source.js";
import { countedOctets, readAll } from "../support/files.js";

/** A file in memory that notes what is asked of it, and answers when it is told to. */
class WatchedContent implements Content {
  readonly origin = "memory:x";
  readonly validators = { etag: '"1"', modified: undefined };
  readonly reads: number[] = [];
  rests = 0;
  failure: FileError | undefined;
  readonly #octets: Buffer;

  constructor(length: number) {
    this.#octets = countedOctets(length);
  }

  get octets(): Buffer {
    return this.#octets;
  }

  get size(): number {
    return this.#octets.length;
  }

  async read(index: number): Promise<Buffer> {
    this.reads.push(index);
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    return this.#octets.subarray(index * CHUNK_SIZE, (index + 1) * CHUNK_SIZE);
  }

  rest(): void {
    this.rests += 1;
  }
}

function makeShared(length: number, capacity: number): { content: WatchedContent; shared: SharedFile } {
  const content = new WatchedContent(length);
  return { content, shared: new SharedFile(content, new ChunkCache(capacity)) };
}

await t.test("readers that read at once cause one read of each chunk", async (t) => {
  const { content, shared } = makeShared(3 * CHUNK_SIZE + 1, 10 * CHUNK_SIZE);
  const files = Array.from({ length: 20 }, () => shared.open());
  const all = await Promise.all(files.map((file) => readAll(file)));
  t.ok(all.every((octets) => octets.equals(content.octets)));
  t.strictSame(content.reads, [0, 1, 2, 3]);
});

await t.test("what is in memory is at hand at once", async (t) => {
  const { shared } = makeShared(CHUNK_SIZE, CHUNK_SIZE);
  const file = shared.open();
  t.ok(file.chunkAt(5) instanceof Promise, "it has to be read first");
  await file.chunkAt(5);
  t.ok(Buffer.isBuffer(file.chunkAt(5)));
  t.equal((file.chunkAt(5) as Buffer).length, CHUNK_SIZE - 5);
});

await t.test("what was forgotten is read again", async (t) => {
  const { content, shared } = makeShared(2 * CHUNK_SIZE, 0);
  const file = shared.open();
  t.ok((await readAll(file)).equals(content.octets));
  t.ok((await readAll(file)).equals(content.octets));
  t.strictSame(content.reads, [0, 1, 0, 1]);
});

await t.test("the end is known without a read", (t) => {
  const { content, shared } = makeShared(CHUNK_SIZE, CHUNK_SIZE);
  const file = shared.open();
  t.equal((file.chunkAt(CHUNK_SIZE) as Buffer).length, 0);
  t.equal((shared.open().chunkAt(10 * CHUNK_SIZE) as Buffer).length, 0);
  t.strictSame(content.reads, []);
  t.end();
});

await t.test("the content rests when the last reader has closed, however often one does", (t) => {
  const { content, shared } = makeShared(10, 10);
  const [one, two] = [shared.open(), shared.open()];
  one.close();
  one.close();
  t.equal(shared.inUse, true);
  t.equal(content.rests, 0);
  two.close();
  t.equal(shared.inUse, false);
  t.equal(content.rests, 1);
  shared.open().close();
  t.equal(content.rests, 2, "and may be read again");
  t.end();
});

await t.test("a read that fails is told to all who wait for it, and the next one may succeed", async (t) => {
  const { content, shared } = makeShared(10, 10);
  const [one, two] = [shared.open(), shared.open()];
  content.failure = new FileError({ code: "file-unreadable", path: "/file", error: "EIO" });
  const reads = [one.chunkAt(0), two.chunkAt(0)];
  for (const read of reads) await t.rejects(async () => read, content.failure);
  content.failure = undefined;
  t.ok((await one.chunkAt(0)).equals(content.octets));
  t.strictSame(content.reads, [0, 0]);
});

await t.test("the start of a file is read as far as it is wanted, or as it goes", async (t) => {
  const { content, shared } = makeShared(2 * CHUNK_SIZE, 0);
  t.ok((await readStart(shared.open(), 100)).equals(content.octets.subarray(0, 100)));
  t.strictSame(content.reads, [0]);
  t.equal((await readStart(shared.open(), CHUNK_SIZE + 1)).length, CHUNK_SIZE + 1);
  t.equal((await readStart(makeShared(5, 0).shared.open(), 100)).length, 5);
  t.equal((await readStart(makeShared(0, 0).shared.open(), 100)).length, 0);
});
