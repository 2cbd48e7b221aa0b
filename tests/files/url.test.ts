import type { RequestListener } from "node:http";
import t from "tap";
import { CHUNK_SIZE } from "../../lib/files/chunk-cache.js";
import { countedOctets, readAll, servedAs } from "../support/files.js";
import { serveFile, startMirror } from "../support/mirror.js";

const MEBIBYTE = 1024 * 1024;

await t.test("a file of some MiB is the same octet by octet, and is fetched with one GET", async (t) => {
  const octets = countedOctets(5 * MEBIBYTE + 3);
  const { source, server } = await startMirror(t, serveFile(octets));
  const file = await source.open("initrd.gz");
  t.match(file, { origin: `${server.origin}/initrd.gz`, size: octets.length, validators: { etag: '"1"' } });
  t.ok((await readAll(file)).equals(octets));
  t.ok((await readAll(file)).equals(octets), "also when it is read again");
  t.strictSame(
    server.requests.map(({ method }) => method),
    ["HEAD", "GET"],
  );
  file.close();
});

await t.test("a reader may begin anywhere and go back, also when memory holds nothing", async (t) => {
  const octets = countedOctets(3 * MEBIBYTE);
  for (const memory of [0, 4 * CHUNK_SIZE, 64 * MEBIBYTE]) {
    const { source } = await startMirror(t, serveFile(octets), { memory });
    const file = await source.open("initrd.gz");
    for (const offset of [5, 2 * MEBIBYTE + 1, 0, CHUNK_SIZE - 1, octets.length - 1, MEBIBYTE, 0]) {
      const chunk = await file.chunkAt(offset);
      if (!chunk.equals(octets.subarray(offset, offset + chunk.length)) || chunk.length === 0) t.fail(`at ${offset}`);
    }
    t.ok((await readAll(file, MEBIBYTE)).equals(octets.subarray(MEBIBYTE)), `with ${memory} octets of memory`);
    t.equal((await file.chunkAt(octets.length)).length, 0);
    file.close();
  }
});

await t.test("a server that knows no ranges is read from the start again", async (t) => {
  const octets = countedOctets(2 * MEBIBYTE);
  const listener: RequestListener = (request, response) => {
    response.writeHead(200, { "content-length": octets.length }).end(request.method === "HEAD" ? undefined : octets);
  };
  const { source } = await startMirror(t, listener, { memory: 0 });
  const file = await source.open("initrd.gz");
  t.ok((await readAll(file, MEBIBYTE + 1)).equals(octets.subarray(MEBIBYTE + 1)));
  t.ok((await readAll(file)).equals(octets));
  file.close();
});

await t.test("many readers of one file cause one HEAD and one GET", async (t) => {
  const octets = countedOctets(2 * MEBIBYTE);
  const { source, server } = await startMirror(t, serveFile(octets));
  const files = await Promise.all(Array.from({ length: 50 }, () => source.open("initrd.gz")));
  const all = await Promise.all(files.map((file) => readAll(file)));
  t.ok(all.every((read) => read.equals(octets)));
  const late = await source.open("initrd.gz");
  t.ok((await readAll(late)).equals(octets));
  t.equal(server.requests.length, 2);
  for (const file of [...files, late]) file.close();
});

await t.test("names are those of files, whatever signs they have", async (t) => {
  const { source, server } = await startMirror(t, serveFile(Buffer.from("x")), { path: "/debian/net boot/" });
  const cases = {
    "pxelinux.0": "/debian/net%20boot/pxelinux.0",
    "a b/c%20d": "/debian/net%20boot/a%20b/c%2520d",
    "what?x=1#y": "/debian/net%20boot/what%3Fx%3D1%23y",
    "é/%2e%2e/x": "/debian/net%20boot/%C3%A9/%252e%252e/x",
    "http://127.0.0.1/x": "/debian/net%20boot/http%3A//127.0.0.1/x",
  };
  for (const name of Object.keys(cases)) t.equal(await servedAs(source, name), "x", name);
  t.strictSame(
    server.requests.filter(({ method }) => method === "HEAD").map(({ target }) => target),
    Object.values(cases),
  );
});

await t.test("a server that does not do HEAD is asked with GET alone, and its size is learnt", async (t) => {
  for (const status of [405, 501]) {
    const octets = countedOctets(MEBIBYTE + 7);
    const { source, server } = await startMirror(t, (request, response) => {
      if (request.method === "HEAD") response.writeHead(status).end();
      else serveFile(octets)(request, response);
    });
    const file = await source.open("initrd.gz");
    t.equal(file.size, octets.length);
    t.ok((await readAll(file)).equals(octets));
    t.equal(server.requests.length, 2);
    file.close();
  }
  const { source } = await startMirror(t, (request, response) => {
    response.writeHead(request.method === "HEAD" ? 405 : 404).end();
  });
  t.equal(await servedAs(source, "x"), "not-found");
});

await t.test("a server that does not tell the size has it learnt by reading", async (t) => {
  for (const length of [0, 1, CHUNK_SIZE, 3 * CHUNK_SIZE, 3 * CHUNK_SIZE + 1]) {
    const octets = countedOctets(length);
    const { source } = await startMirror(t, (request, response) => {
      // Without a length the answer is sent in chunks.
      response.writeHead(200);
      if (request.method !== "HEAD") response.write(octets.subarray(0, length / 2));
      response.end(request.method === "HEAD" ? undefined : octets.subarray(length / 2));
    });
    const file = await source.open("x");
    t.equal(file.size, length);
    t.ok((await readAll(file)).equals(octets));
    file.close();
  }
});

await t.test("what is larger than is read beforehand has no size, and is served to its end", async (t) => {
  for (const length of [17 * MEBIBYTE, 17 * MEBIBYTE + 5]) {
    const octets = countedOctets(length);
    const { source } = await startMirror(t, (request, response) => {
      if (request.method === "HEAD") response.writeHead(405).end();
      else response.writeHead(200).end(octets);
    });
    const file = await source.open("x");
    t.ok((await readAll(file)).equals(octets));
    file.close();
  }
});

await t.test("redirections are followed, for the octets too, but not without end", async (t) => {
  const octets = countedOctets(MEBIBYTE);
  const { source, server } = await startMirror(t, (request, response) => {
    const steps = Number(/^\/step(\d+)$/.exec(request.url ?? "")?.[1] ?? 0);
    if (request.url === "/endless") response.writeHead(302, { location: "/endless" }).end();
    else if (request.url === "/start") response.writeHead(302, { location: "/step3" }).end();
    else if (steps > 1) response.writeHead(307, { location: `/step${steps - 1}` }).end();
    else serveFile(octets)(request, response);
  });
  const file = await source.open("start");
  t.equal(file.origin, `${server.origin}/start`);
  t.ok((await readAll(file)).equals(octets));
  file.close();
  await t.rejects(source.open("endless"), {
    kind: "unavailable",
    message: /\/endless cannot be fetched: Redirect loop/,
  });
  await t.rejects(source.open("step9"), { kind: "unavailable", message: /\/step9 answered 307$/ });
});

await t.test("what is not there is not asked for again at once", async (t) => {
  let status = 404;
  const { source, server, clock } = await startMirror(t, (_, response) => {
    response.writeHead(status).end();
  });
  t.equal(await servedAs(source, "pxelinux.cfg/01"), "not-found");
  t.equal(await servedAs(source, "pxelinux.cfg/01"), "not-found");
  t.equal(server.requests.length, 1);
  t.equal(await servedAs(source, "pxelinux.cfg/02"), "not-found");
  t.equal(server.requests.length, 2);
  status = 200;
  clock.advance(5000);
  t.equal(await servedAs(source, "pxelinux.cfg/01"), "", "after a while it is");
});

await t.test("a file that is read is taken for current for a while, one that is not is asked for", async (t) => {
  const { source, server, clock } = await startMirror(t, serveFile(Buffer.from("x")));
  const heads = (): number => server.requests.filter(({ method }) => method === "HEAD").length;
  const file = await source.open("x");
  await readAll(file);
  (await source.open("x")).close();
  t.equal(heads(), 1);
  clock.advance(5000);
  (await source.open("x")).close();
  t.equal(heads(), 2);
  file.close();
  t.equal(await servedAs(source, "x"), "x");
  t.equal(heads(), 3);
  t.equal(server.requests.length, 4, "but its octets were fetched once");
});

await t.test("when nobody reads any more, the connection is closed a little later", async (t) => {
  const octets = countedOctets(32 * MEBIBYTE);
  const { source, server, clock } = await startMirror(t, serveFile(octets));
  const file = await source.open("initrd.gz");
  await file.chunkAt(0);
  t.equal(server.connections(), 1);
  file.close();
  const closed = server.connectionClosed();
  clock.advance(4999);
  const again = await source.open("initrd.gz");
  await again.chunkAt(0);
  t.equal(server.connections(), 1, "a reader that comes back in time goes on with it");
  again.close();
  clock.advance(5000);
  await closed;
  t.equal(clock.pending, 0);
});

await t.test("an answer that comes when nobody reads any more is let go of", async (t) => {
  const octets = countedOctets(32 * MEBIBYTE);
  let asked = (): void => undefined;
  const wasAsked = new Promise<void>((resolve) => (asked = resolve));
  let answer = (): void => undefined;
  const { source, server, clock } = await startMirror(t, (request, response) => {
    if (request.method === "HEAD") {
      serveFile(octets)(request, response);
      return;
    }
    answer = () => {
      serveFile(octets)(request, response);
    };
    asked();
  });
  const file = await source.open("initrd.gz");
  const reading = Promise.resolve(file.chunkAt(0)).catch(() => undefined);
  await wasAsked;
  file.close();
  clock.advance(5000);
  const closed = server.connectionClosed();
  answer();
  await reading;
  await closed;
});
