/** The causes by which HTTP requests are refused, and responses end early. */

import { get } from "node:http";
import t from "tap";
import { READING, type Route } from "../../lib/http/route.js";
import { HttpBench } from "../support/http-bench.js";
import { sendRaw } from "../support/http-raw.js";
import { MemorySource } from "../support/memory-source.js";

const FILES = (): MemorySource => new MemorySource({ kernel: Buffer.alloc(100) });

await t.test("why a request is refused is a code with its facts", async (t) => {
  const bench = await HttpBench.start(t, FILES());
  await bench.fetch("/missing");
  await bench.fetch("/%2e%2e/%2e%2e/x");
  await bench.fetch("/kernel", { method: "PUT" });
  await bench.fetch("/kernel", { headers: { range: "bytes=500-" } });
  await sendRaw(bench.port, "GET /kernel HTTP/1.1\r\nConnection: close\r\n\r\n");
  await bench.fetch("/kernel", { headers: { expect: "a miracle" } });
  const refused = { kind: "file-refused", protocol: "HTTP", mac: undefined, name: "/kernel" };
  t.match(bench.events, [
    { ...refused, name: "/missing", cause: { code: "file-missing", path: "/secret/root/missing" } },
    { ...refused, name: "/%2e%2e/%2e%2e/x", cause: { code: "outside-root", asked: "path" } },
    { ...refused, cause: { code: "method-not-served", method: "PUT" } },
    { ...refused, cause: { code: "range-unsatisfiable", size: 100, range: "bytes=500-" } },
    { ...refused, cause: { code: "no-host-header" } },
    { ...refused, cause: { code: "expectation-failed", expect: "a miracle" } },
  ]);
});

await t.test("who holds no address of this server is refused by check_ip", async (t) => {
  const nobody = { find: () => undefined, reading: () => () => undefined };
  const bench = await HttpBench.start(t, FILES(), nobody);
  await bench.fetch("/kernel");
  t.match(bench.events, [{ kind: "file-refused", cause: { code: "check-ip" } }]);
});

await t.test("a path that no route has is served by nobody", async (t) => {
  const routes: readonly Route[] = [{ methods: READING, match: () => undefined }];
  const bench = await HttpBench.serve(t, routes);
  await bench.fetch("/kernel");
  t.match(bench.events, [{ kind: "file-refused", cause: { code: "nothing-served" } }]);
});

await t.test("a response that its client breaks off, or its file, tells which of them it was", async (t) => {
  const files = new MemorySource({ kernel: Buffer.alloc(20_000_000) });
  const bench = await HttpBench.start(t, files);
  await new Promise<void>((resolve) => {
    const request = get({ port: bench.port, host: "127.0.0.1", path: "/kernel" }, (response) => {
      response.once("data", () => request.destroy());
      response.once("error", () => undefined);
      response.once("close", resolve);
    });
  });
  while (bench.events.length === 0) await new Promise((resolve) => setImmediate(resolve));
  t.match(bench.events.splice(0), [{ kind: "transfer-failed", cause: { code: "connection-lost" } }]);
  files.breakAt(70_000);
  await t.rejects(bench.fetch("/kernel"));
  const unreadable = { code: "file-unreadable", path: "/secret/root/file", error: "EIO" };
  t.match(bench.events, [{ kind: "transfer-failed", name: "/kernel", origin: "memory:kernel", cause: unreadable }]);
});
