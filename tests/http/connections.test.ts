/** Limits for the connections of a client. */

import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import t from "tap";
import { limitConnections } from "../../lib/http/connections.js";
import { HttpBench } from "../support/http-bench.js";
import { getRaw } from "../support/http-raw.js";
import { MemorySource } from "../support/memory-source.js";
import { bootFilesOf } from "../support/tftp-bench.js";

await t.test("one address has so many connections, and another one as many of its own", async (t) => {
  const server = createServer((_, response) => response.end("fine"));
  limitConnections(server, () => undefined, { inAll: 100, perClient: 2 });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const open = async (localAddress: string): Promise<Socket> => {
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    await once(socket, "connect");
    return socket.resume();
  };
  const first = await open("127.0.0.1");
  await open("127.0.0.1");
  const third = await open("127.0.0.1");
  await once(third, "close");
  const [other] = (await once(get({ port, host: "127.0.0.1", localAddress: "127.0.0.5" }), "response")) as [
    IncomingMessage,
  ];
  t.equal(other.resume().statusCode, 200);
  first.destroy();
  await once(first, "close");
  let answer = await getRaw(port, "/").catch(() => undefined);
  // The server hears of the end a moment later.
  while (answer?.status !== 200) answer = await getRaw(port, "/").catch(() => undefined);
  t.equal(answer.body, "fine", "the place of one that closed is free again");
});

await t.test("requests that are sent ahead have their turns; who sends too many is let go", async (t) => {
  const files = new MemorySource({ large: Buffer.alloc(10_000_000), small: Buffer.from("small") });
  const bench = await HttpBench.start(t, bootFilesOf(files));
  const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const settled = async (inUse: number): Promise<void> => {
    while (files.inUse !== inUse) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const some = connect(bench.port, "127.0.0.1");
  some.write(request("/small").repeat(20));
  let text = "";
  some.on("data", (data) => (text += data.toString()));
  while (text.split("small").length <= 20) await once(some, "data");
  some.pause();
  some.write(request("/large").repeat(10));
  await settled(1);
  some.destroy();
  await settled(0);
  bench.log();
  const many = connect(bench.port, "127.0.0.1").resume();
  many.on("error", () => undefined);
  many.write(request("/large").repeat(10_000));
  await new Promise((resolve) => many.once("close", resolve));
  await settled(0);
  t.match(
    bench.log().filter((line) => line.includes("ahead")),
    [/^127\.0\.0\.1:\d+: ended an HTTP connection: it sent more than 32 requests ahead$/],
  );
});

await t.test("what is no request is answered, told of, and ended", async (t) => {
  const bench = await HttpBench.start(t, bootFilesOf(new MemorySource({})));
  const cases: readonly (readonly [request: string, status: number, reason: RegExp])[] = [
    ["\0\x01\x02\r\n\r\n", 400, /no request: Parse Error/],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(1_000_000)}\r\n\r\n`, 431, /no request: .*Header overflow/],
    ["GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400, /no request/],
  ];
  for (const [request, status, reason] of cases) {
    const socket = connect(bench.port, "127.0.0.1");
    socket.on("error", () => undefined);
    let text = "";
    socket.on("data", (data) => (text += data.toString()));
    socket.write(request);
    await new Promise((resolve) => socket.once("close", resolve));
    t.ok(text.startsWith(`HTTP/1.1 ${status} `), text);
    t.match(bench.log(), [reason]);
  }
});
