import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import t, { type Test } from "tap";
import { CHUNK_SIZE } from "../../lib/files/chunk-cache.js";
import { DiskCache } from "../../lib/files/disk-cache.js";
import type { UrlSource } from "../../lib/files/url.js";
import { countedOctets, readAll, servedAs } from "../support/files.js";
import { serveFile, sourceOf, startMirror } from "../support/mirror.js";
import type { WebServer } from "../support/web-server.js";

const OCTETS = countedOctets(3 * CHUNK_SIZE + 5);

interface Disk {
  readonly folder: string;
  readonly disk: DiskCache;
  readonly errors: readonly Error[];
}

async function openDisk(folder: string, capacity = 100 * 1024 * 1024): Promise<Disk> {
  const errors: Error[] = [];
  const disk = await DiskCache.open(folder, capacity, (error) => errors.push(error));
  return { folder, disk, errors };
}

/** A cache on disk in a folder of its own, which it has to make. */
function newDisk(t: Test, capacity?: number): Promise<Disk> {
  return openDisk(join(t.testdir({}), "a", "cache"), capacity);
}

/** Waits for what goes on in the background. */
async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await setImmediate();
}

/** Reads a file to its end, and waits until it is kept. */
async function fetchAndKeep(
  source: UrlSource,
  { origin }: WebServer,
  { disk, folder }: Disk,
  name: string,
): Promise<void> {
  const file = await source.open(name);
  await readAll(file);
  file.close();
  await until(async () => (await disk.find(new URL(name, origin))) !== undefined);
  await until(() => !readdirSync(folder).some((entry) => entry.endsWith(".part")));
}

/** A server that can go away. */
function failingWhen(away: () => boolean, listener: RequestListener): RequestListener {
  return (request, response) => {
    if (away()) request.socket.destroy();
    else listener(request, response);
  };
}

await t.test("what was fetched whole is served from disk when the mirror is away, also after a restart", async (t) => {
  const kept = await newDisk(t);
  let away = false;
  const listener = failingWhen(() => away, serveFile(OCTETS));
  const { source, server } = await startMirror(t, listener, { disk: kept.disk });
  await fetchAndKeep(source, server, kept, "initrd.gz");
  away = true;
  const { source: restarted } = sourceOf(t, `${server.origin}/`, { disk: (await openDisk(kept.folder)).disk });
  for (const files of [source, restarted]) {
    const file = await files.open("initrd.gz");
    t.match(file, { size: OCTETS.length, validators: { etag: '"1"' } });
    t.equal(
      file.origin,
      `${server.origin}/initrd.gz (kept copy, since ${server.origin}/initrd.gz cannot be fetched: other side closed)`,
    );
    t.ok((await readAll(file)).equals(OCTETS));
    file.close();
    t.equal(await servedAs(files, "other"), "unavailable");
  }
  t.strictSame(kept.errors, []);
});

await t.test("while the mirror has the same version, nothing is fetched again", async (t) => {
  const kept = await newDisk(t);
  const { source, server } = await startMirror(t, serveFile(OCTETS), { disk: kept.disk });
  await fetchAndKeep(source, server, kept, "initrd.gz");
  const { source: restarted } = sourceOf(t, `${server.origin}/`, { disk: (await openDisk(kept.folder)).disk });
  const file = await restarted.open("initrd.gz");
  t.equal(file.origin, `${server.origin}/initrd.gz (kept copy)`);
  t.ok((await readAll(file)).equals(OCTETS));
  file.close();
  t.strictSame(
    server.requests.map(({ method }) => method),
    ["HEAD", "GET", "HEAD"],
  );
});

await t.test("another version on the mirror takes the place of the one that was kept", async (t) => {
  const kept = await newDisk(t);
  let now = { octets: OCTETS, etag: '"1"' };
  const listener: RequestListener = (request, response) => {
    serveFile(now.octets, { etag: now.etag })(request, response);
  };
  const { source, server, clock } = await startMirror(t, listener, { disk: kept.disk });
  await fetchAndKeep(source, server, kept, "initrd.gz");
  const before = readdirSync(kept.folder);
  now = { octets: Buffer.from(OCTETS).reverse(), etag: '"2"' };
  clock.advance(60_000);
  t.ok((await readAll(await source.open("initrd.gz"))).equals(now.octets));
  await until(async () => (await kept.disk.find(new URL("initrd.gz", server.origin)))?.validators.etag === '"2"');
  await until(() => readdirSync(kept.folder).length === 2);
  t.notSame(readdirSync(kept.folder), before, "the former one is gone");
  t.strictSame(kept.errors, []);
});

await t.test("what the mirror refuses is not served from disk either", async (t) => {
  const kept = await newDisk(t);
  let status = 200;
  const { source, server, clock } = await startMirror(
    t,
    (request, response) => {
      if (status === 200) serveFile(OCTETS)(request, response);
      else response.writeHead(status).end();
    },
    { disk: kept.disk },
  );
  await fetchAndKeep(source, server, kept, "initrd.gz");
  for (const [refusal, expected] of [
    [404, "not-found"],
    [403, "forbidden"],
  ] as const) {
    status = refusal;
    clock.advance(60_000);
    t.equal(await servedAs(source, "initrd.gz"), expected);
  }
  status = 503;
  clock.advance(60_000);
  const file = await source.open("initrd.gz");
  t.match(file.origin, /kept copy, since .* answered 503/, "but a mirror in trouble is as good as away");
  file.close();
});

/** Answers a GET with the beginning of the file, and ends the connection. */
function cutShort(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === "HEAD") {
    serveFile(OCTETS)(request, response);
    return;
  }
  response.writeHead(200, { "content-length": OCTETS.length, etag: '"1"' });
  response.write(OCTETS.subarray(0, 2 * CHUNK_SIZE), () => request.socket.destroy());
}

await t.test("what was not fetched to its end is not kept", async (t) => {
  const kept = await newDisk(t);
  const { source, server, clock } = await startMirror(t, cutShort, { disk: kept.disk });
  const file = await source.open("initrd.gz");
  await t.rejects(readAll(file), { kind: "unavailable", message: /initrd/ });
  await until(() => readdirSync(kept.folder).length > 0);
  file.close();
  clock.advance(5000);
  await until(() => readdirSync(kept.folder).length === 0);
  t.equal(await kept.disk.find(new URL("initrd.gz", server.origin)), undefined);
});

await t.test("a file whose first try was cut short is kept after the next one", async (t) => {
  const kept = await newDisk(t);
  let cut = true;
  const listener: RequestListener = (request, response) => {
    (cut ? cutShort : serveFile(OCTETS))(request, response);
  };
  const { source, server, clock } = await startMirror(t, listener, { disk: kept.disk });
  const file = await source.open("initrd.gz");
  await t.rejects(readAll(file), { kind: "unavailable", message: /initrd/ });
  file.close();
  clock.advance(5000);
  cut = false;
  await fetchAndKeep(source, server, kept, "initrd.gz");
  t.strictSame(kept.errors, []);
});

await t.test("readers of a kept file go on while others open it", async (t) => {
  const kept = await newDisk(t);
  let away = false;
  const listener = failingWhen(() => away, serveFile(OCTETS));
  const { source, server, clock } = await startMirror(t, listener, { disk: kept.disk, memory: 0 });
  await fetchAndKeep(source, server, kept, "initrd.gz");
  away = true;
  const early = await source.open("initrd.gz");
  await early.chunkAt(0);
  clock.advance(60_000);
  const late = await source.open("initrd.gz");
  t.ok((await readAll(late)).equals(OCTETS));
  t.ok((await readAll(early)).equals(OCTETS));
  early.close();
  late.close();
});

await t.test("of more than there is room for, what was not used for longest goes", async (t) => {
  const kept = await newDisk(t, 3 * OCTETS.length);
  const { source, server } = await startMirror(t, serveFile(OCTETS), { disk: kept.disk });
  const urlOf = (name: string): URL => new URL(name, server.origin);
  for (const name of ["a", "b", "c"]) await fetchAndKeep(source, server, kept, name);
  // Used again, the oldest is the youngest.
  t.not(await kept.disk.find(urlOf("a")), undefined);
  await fetchAndKeep(source, server, kept, "d");
  await until(() => readdirSync(kept.folder).length === 6);
  const found = await Promise.all(["a", "b", "c", "d"].map((name) => kept.disk.find(urlOf(name))));
  t.strictSame(
    found.map((file) => file !== undefined),
    [true, false, true, true],
  );
  t.strictSame(kept.errors, []);
});

await t.test("what is larger than all the room, or of unknown size, is served and not kept", async (t) => {
  const kept = await newDisk(t, OCTETS.length - 1);
  const { source } = await startMirror(
    t,
    (request, response) => {
      if (request.url === "/unknown" && request.method === "HEAD") response.writeHead(405).end();
      else serveFile(OCTETS)(request, response);
    },
    { disk: kept.disk },
  );
  for (const name of ["large", "unknown"]) {
    const file = await source.open(name);
    t.ok((await readAll(file)).equals(OCTETS));
    file.close();
  }
  t.strictSame(readdirSync(kept.folder), []);
});

await t.test("what a power cut leaves is removed at the next start, and what is damaged is not served", async (t) => {
  const kept = await newDisk(t);
  const { source, server } = await startMirror(t, serveFile(OCTETS), { disk: kept.disk });
  for (const name of ["whole", "short", "garbled", "lost"]) await fetchAndKeep(source, server, kept, name);
  const urlOf = (name: string): URL => new URL(name, server.origin);
  const pathOf = async (name: string): Promise<string> => (await kept.disk.find(urlOf(name)))?.path ?? "";
  const [short, garbled, lost] = [await pathOf("short"), await pathOf("garbled"), await pathOf("lost")];
  truncateSync(short, 5);
  writeFileSync(garbled.replace(/-[0-9a-f]+\.data$/, ".json"), readFileSync(garbled).subarray(0, 50));
  rmSync(lost);
  writeFileSync(join(kept.folder, "1-1.part"), "half a file");
  writeFileSync(join(kept.folder, "0123-4567.data"), "a file without an index");
  const { disk } = await openDisk(kept.folder);
  const found = await Promise.all(["whole", "short", "garbled", "lost"].map((name) => disk.find(urlOf(name))));
  t.strictSame(
    found.map((file) => file !== undefined),
    [true, false, false, false],
  );
  for (const name of ["1-1.part", "0123-4567.data"]) t.notOk(existsSync(join(kept.folder, name)), name);
});

await t.test("an index leads to no file outside of the folder", async (t) => {
  const kept = await newDisk(t);
  const { source, server } = await startMirror(t, serveFile(OCTETS), { disk: kept.disk });
  await fetchAndKeep(source, server, kept, "x");
  const [index = ""] = readdirSync(kept.folder).filter((name) => name.endsWith(".json"));
  const told = JSON.parse(readFileSync(join(kept.folder, index), "utf8")) as object;
  writeFileSync(join(kept.folder, "..", "secret"), "secret");
  for (const data of ["../secret", join(kept.folder, "..", "secret"), 5]) {
    writeFileSync(join(kept.folder, index), JSON.stringify({ ...told, size: 6, data }));
    t.equal(await kept.disk.find(new URL("x", server.origin)), undefined, String(data));
  }
});

await t.test("when nothing can be kept that is told, and serving goes on", async (t) => {
  const kept = await newDisk(t);
  const { source } = await startMirror(t, serveFile(OCTETS), { disk: kept.disk });
  rmSync(kept.folder, { recursive: true });
  const file = await source.open("initrd.gz");
  t.ok((await readAll(file)).equals(OCTETS));
  file.close();
  await until(() => kept.errors.length > 0);
  t.match(kept.errors, [{ code: "ENOENT" }]);
});

await t.test("kept files are their owner's alone: their URLs may hold passwords", async (t) => {
  const mask = process.umask(0);
  t.teardown(() => process.umask(mask));
  const kept = await newDisk(t);
  const { source, server } = await startMirror(t, serveFile(OCTETS), { disk: kept.disk });
  await fetchAndKeep(source, server, kept, "initrd.gz");
  const modes = ["", ...readdirSync(kept.folder)].map((name) => statSync(join(kept.folder, name)).mode & 0o777);
  t.strictSame(modes, [0o700, 0o600, 0o600]);
});

await t.test("a folder that cannot be is refused at once", async (t) => {
  const folder = join(t.testdir({ file: "" }), "file", "cache");
  await t.rejects(openDisk(folder), { code: "ENOTDIR" });
});
