/** Capital letters in header names: GRUB 2.06, older shim and U-Boot's wget do not find names in small letters. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import t, { type Test } from "tap";
import { emptyDirectory } from "../../lib/machine/directory.js";
import { limitConnections } from "../../lib/http/connections.js";
import { FileError } from "../../lib/files/source.js";
import { folderSource, HttpBench } from "../support/http-bench.js";
import { sendRaw, type RawAnswer } from "../support/http-raw.js";
import { MemorySource } from "../support/memory-source.js";
import { bootFilesOf } from "../support/tftp-bench.js";

/** The names of an answer's headers, as they are written, in alphabetical order. */
function namesOf({ head }: RawAnswer): readonly string[] {
  return head
    .split("\r\n")
    .slice(1)
    .map((line) => line.slice(0, line.indexOf(":")))
    .toSorted();
}

const CLOSING = ["Connection", "Content-Length", "Content-Type", "Date"];
const FILE = [...CLOSING, "Accept-Ranges", "Last-Modified"].toSorted();

/** Sends a request with further lines, and checks the status and the header names of its answer. */
async function check(
  t: Test,
  port: number,
  request: string,
  [status, names]: readonly [status: number, names: readonly string[]],
): Promise<RawAnswer> {
  const answer = await sendRaw(port, `${request}\r\nHost: boot\r\nConnection: close\r\n\r\n`);
  t.equal(answer.status, status, request);
  t.strictSame(namesOf(answer), names.toSorted(), request);
  return answer;
}

await t.test("every answer has its header names as web servers write them", async (t) => {
  const { port } = await HttpBench.start(t, folderSource(t.testdir({ kernel: "0123456789" })));
  await check(t, port, "GET /kernel HTTP/1.1", [200, FILE]);
  await check(t, port, "HEAD /kernel HTTP/1.1", [200, FILE]);
  await check(t, port, "GET /kernel HTTP/1.1\r\nRange: bytes=2-3", [206, [...FILE, "Content-Range"]]);
  await check(t, port, "GET /kernel HTTP/1.1\r\nRange: bytes=20-", [416, [...CLOSING, "Content-Range"]]);
  await check(t, port, "GET /nothing HTTP/1.1", [404, CLOSING]);
  await check(t, port, "HEAD /nothing HTTP/1.1", [404, CLOSING]);
  await check(t, port, "GET /../kernel HTTP/1.1", [403, CLOSING]);
  await check(t, port, "DELETE /kernel HTTP/1.1", [405, [...CLOSING, "Allow"]]);
});

await t.test("an ETag, a connection that stays, and a mirror that failed", async (t) => {
  const files = {
    open: (name: string) =>
      name === "kernel"
        ? Promise.resolve({
            origin: "memory",
            size: 1,
            validators: { etag: '"1"', modified: 0 },
            chunkAt: () => Buffer.from("x"),
            close: () => undefined,
          })
        : Promise.reject(new FileError({ code: "mirror-failed", url: "http://mirror/other", status: 500 })),
  };
  const { port } = await HttpBench.start(t, files);
  await check(t, port, "GET /kernel HTTP/1.1", [200, [...FILE, "ETag"]]);
  await check(t, port, "GET /other HTTP/1.1", [502, CLOSING]);
  const both =
    "GET /kernel HTTP/1.1\r\nHost: boot\r\n\r\nGET /kernel HTTP/1.1\r\nHost: boot\r\nConnection: close\r\n\r\n";
  const kept = await sendRaw(port, both);
  t.strictSame(namesOf(kept), [...FILE, "ETag", "Keep-Alive"].toSorted());
});

await t.test("only machines with an address of ours: 401", async (t) => {
  const { port } = await HttpBench.start(t, bootFilesOf(new MemorySource({})), emptyDirectory);
  await check(t, port, "GET /kernel HTTP/1.1", [401, CLOSING]);
});

await t.test("what Node.js takes for no request is answered alike", async (t) => {
  const bench = await HttpBench.start(t, bootFilesOf(new MemorySource({})));
  const cases: readonly (readonly [request: string, status: number])[] = [
    ["\0\x01\x02\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nConnection: close\r\n\r\n", 417],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, 431],
  ];
  for (const [request, status] of cases) {
    const answer = await sendRaw(bench.port, request);
    t.equal(answer.status, status);
    t.strictSame(namesOf(answer), CLOSING, answer.head);
    t.match(answer.head, new RegExp(`\\r\\nContent-Length: ${answer.body.length}\\r\\n`));
    t.equal(bench.log().length, 1, "and the log tells of it");
  }
});

await t.test("a request whose end never comes: 408", async (t) => {
  const server = createServer({ connectionsCheckingInterval: 10 });
  limitConnections(server, () => undefined);
  server.headersTimeout = 50;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const answer = await sendRaw((server.address() as AddressInfo).port, "GET / HTTP/1.1\r\nHost: x\r\n");
  t.equal(answer.status, 408);
  t.strictSame(namesOf(answer), CLOSING);
});
