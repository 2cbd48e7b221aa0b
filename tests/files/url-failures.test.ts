import type { RequestListener } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import t from "tap";
import { CHUNK_SIZE } from "../../lib/files/chunk-cache.js";
import type { OpenFile } from "../../lib/files/source.js";
import { countedOctets, readAll } from "../support/files.js";
import { serveFile, sourceOf, startMirror } from "../support/mirror.js";

const MEBIBYTE = 1024 * 1024;

/** A status for every request, with a text. */
function answering(status: number, headers: Readonly<Record<string, string>> = {}): RequestListener {
  return (_, response) => {
    response.writeHead(status, headers).end(`status ${status}`);
  };
}

await t.test("a refusal of the server is one of ours", async (t) => {
  const cases = {
    301: "unavailable",
    400: "unavailable",
    401: "forbidden",
    403: "forbidden",
    404: "not-found",
    410: "not-found",
    500: "unavailable",
    503: "unavailable",
  };
  for (const [status, kind] of Object.entries(cases)) {
    const { source, server } = await startMirror(t, answering(Number(status)));
    await t.rejects(source.open("x"), {
      name: "FileError",
      kind,
      message: `${server.origin}/x answered ${status}`,
    });
  }
});

await t.test("a server that is not there, or breaks off, makes the file unavailable, and says why", async (t) => {
  const gone = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => gone.once("listening", resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  await t.rejects(sourceOf(t, `http://127.0.0.1:${port}/`).source.open("x"), {
    kind: "unavailable",
    message: `http://127.0.0.1:${port}/x cannot be fetched: connect ECONNREFUSED 127.0.0.1:${port}`,
  });
  const { source, server } = await startMirror(t, (request) => {
    request.socket.destroy();
  });
  await t.rejects(source.open("x"), {
    kind: "unavailable",
    message: `${server.origin}/x cannot be fetched: other side closed`,
  });
});

/** Answers with the first octets only, and then does something to the connection. */
function startingWith(octets: Buffer, part: number, then: (socket: { destroy: () => void }) => void): RequestListener {
  return (request, response) => {
    response.writeHead(200, { "content-length": octets.length, etag: '"1"' });
    if (request.method === "HEAD") response.end();
    else {
      response.write(octets.subarray(0, part), () => {
        then(request.socket);
      });
    }
  };
}

/** The octets that a reader gets before it is told that there are no more, and what it is told. */
async function readUntilFailure(file: OpenFile): Promise<{ readonly octets: Buffer; readonly error: unknown }> {
  const parts: Buffer[] = [];
  for (let offset = 0; ;) {
    try {
      const chunk = await file.chunkAt(offset);
      if (chunk.length === 0) return { octets: Buffer.concat(parts), error: undefined };
      parts.push(chunk);
      offset += chunk.length;
    } catch (error) {
      return { octets: Buffer.concat(parts), error };
    }
  }
}

await t.test("a body that ends too early is served as far as it goes, and then is an error", async (t) => {
  const octets = countedOctets(MEBIBYTE);
  const cut = startingWith(octets, 3 * CHUNK_SIZE + 5, (socket) => {
    socket.destroy();
  });
  const { source } = await startMirror(t, cut);
  const file = await source.open("initrd.gz");
  const { octets: got, error } = await readUntilFailure(file);
  t.match(error, { name: "FileError", kind: "unavailable", message: /initrd\.gz (cannot be fetched|ended at)/ });
  t.ok(got.equals(octets.subarray(0, got.length)), "no octet is wrong");
  t.equal(got.length, 3 * CHUNK_SIZE, "as many whole chunks as there were");
  file.close();
});

await t.test("a body that stalls is waited for as long as patience goes", async (t) => {
  const octets = countedOctets(MEBIBYTE);
  const stalled = startingWith(octets, 2 * CHUNK_SIZE + 5, () => undefined);
  const { source, server } = await startMirror(t, stalled, { patienceSeconds: 0.2 });
  const file = await source.open("initrd.gz");
  const { octets: got, error } = await readUntilFailure(file);
  t.match(error, {
    kind: "unavailable",
    message: `${server.origin}/initrd.gz cannot be fetched: Body Timeout Error`,
  });
  t.ok(got.equals(octets.subarray(0, 2 * CHUNK_SIZE)));
  file.close();
});

await t.test("a server that takes a request and says nothing is waited for as long as patience goes", async (t) => {
  const { source, server } = await startMirror(t, () => undefined, { patienceSeconds: 0.2 });
  await t.rejects(source.open("x"), {
    kind: "unavailable",
    message: `${server.origin}/x cannot be fetched: Headers Timeout Error`,
  });
});

await t.test("after a failure who opens the file again gets it", async (t) => {
  const octets = countedOctets(MEBIBYTE);
  let broken = true;
  const cut = startingWith(octets, CHUNK_SIZE, (socket) => {
    socket.destroy();
  });
  const { source } = await startMirror(t, (request, response) => {
    (broken ? cut : serveFile(octets))(request, response);
  });
  const file = await source.open("initrd.gz");
  t.match((await readUntilFailure(file)).error, { kind: "unavailable" });
  broken = false;
  t.ok((await readAll(file)).equals(octets), "also through the file that was open");
  file.close();
  const again = await source.open("initrd.gz");
  t.ok((await readAll(again)).equals(octets));
  again.close();
});

await t.test("a file that changes on the server is never mixed with what it was", async (t) => {
  const before = countedOctets(4 * MEBIBYTE);
  const after = Buffer.from(before).reverse();
  let now = { octets: before, etag: '"1"' };
  const { source, clock } = await startMirror(
    t,
    (request, response) => {
      serveFile(now.octets, { etag: now.etag })(request, response);
    },
    { memory: 0 },
  );
  const old = await source.open("initrd.gz");
  const first = await old.chunkAt(0);
  t.ok(first.equals(before.subarray(0, first.length)));
  now = { octets: after, etag: '"2"' };
  // Far beyond what is under way, so that the server has to be asked again.
  await t.rejects(async () => old.chunkAt(3.5 * MEBIBYTE), {
    kind: "unavailable",
    message: /initrd\.gz changed while it was being fetched/,
  });
  clock.advance(5001);
  const fresh = await source.open("initrd.gz");
  t.ok((await readAll(fresh)).equals(after));
  old.close();
  fresh.close();
});
