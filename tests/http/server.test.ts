/** Responses to HTTP clients. */

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { Agent, get, type IncomingMessage } from "node:http";
import { get as getTls } from "node:https";
import { connect } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import t, { type Test } from "tap";
import { BootFiles } from "../../lib/files/boot-files.js";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { makeFilter } from "../../lib/files/filters.js";
import { FolderSource, LocalFiles } from "../../lib/files/folder.js";
import { emptyDirectory, type ClientDirectory } from "../../lib/machine/directory.js";
import { Subnet } from "../../lib/net/subnet.js";
import { makeCertificate } from "../support/certificate.js";
import { folderSource, HttpBench } from "../support/http-bench.js";
import { getRaw, sendRaw } from "../support/http-raw.js";
import { ManualClock } from "../support/manual-clock.js";
import { MemorySource } from "../support/memory-source.js";
import { ip, mac } from "../support/values.js";

const KERNEL = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));

/** A server of the folder `root` of the test's own, which has a folder `root2` beside it. */
async function serve(t: Test): Promise<{ bench: HttpBench; folder: string }> {
  const folder = join(t.testdir({ root: { "a..b": "fine" }, root2: { secret: "secret" } }), "root");
  writeFileSync(join(folder, "kernel"), KERNEL);
  writeFileSync(join(folder, "empty"), "");
  return { bench: await HttpBench.start(t, folderSource(folder)), folder };
}

await t.test("GET gets a file whole, with its length and its type", async (t) => {
  const { bench } = await serve(t);
  const { status, headers, body } = await bench.fetch("/kernel");
  t.equal(status, 200);
  t.ok(body.equals(KERNEL));
  t.match(headers, {
    "content-length": "300000",
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    "transfer-encoding": undefined,
  });
  t.match(bench.log(), [/^127\.0\.0\.1:\d+: GET "\/kernel": 200, 293\.0 KiB in /]);
});

await t.test("a transfer is told of when it begins, with the octets that it is to send", async (t) => {
  const { bench, folder } = await serve(t);
  await bench.fetch("/kernel");
  await bench.fetch("/kernel", { headers: { range: "bytes=10-19" } });
  await bench.fetch("/kernel", { method: "HEAD" });
  await bench.fetch("/nothing");
  const origin = join(folder, "kernel");
  const transfer = { kind: "transfer-began", protocol: "HTTP", mac: undefined, name: "/kernel", origin, size: 300_000 };
  t.match(bench.details, [transfer, { ...transfer, size: 10 }]);
  t.equal(bench.details.length, 2);
});

await t.test("B23 HEAD gets what GET gets, but for the octets", async (t) => {
  const { bench } = await serve(t);
  const { status, headers, body } = await bench.fetch("/kernel", { method: "HEAD" });
  t.equal(status, 200);
  t.match(headers, { "content-length": "300000", "content-type": "application/octet-stream" });
  t.equal(body.length, 0);
  t.match(await bench.fetch("/nothing", { method: "HEAD" }), { status: 404, body: Buffer.alloc(0) });
});

await t.test("an empty file is one", async (t) => {
  const { bench } = await serve(t);
  t.match(await bench.fetch("/empty"), { status: 200, headers: { "content-length": "0" }, body: Buffer.alloc(0) });
});

await t.test("B23 firmware is told by the type what to do with a file", async (t) => {
  const types: Readonly<Record<string, string>> = {
    "boot.efi": "application/efi",
    "grubx64.efi.signed": "application/efi",
    "BOOTX64.EFI": "application/efi",
    "disk.iso": "application/vnd.efi-iso",
    "disk.img": "application/vnd.efi-img",
    "grub.cfg": "text/plain; charset=utf-8",
    "preseed.txt": "text/plain; charset=utf-8",
    "user-data.yaml": "application/yaml",
    "initrd.gz": "application/gzip",
    vmlinuz: "application/octet-stream",
  };
  const folder = t.testdir(Object.fromEntries(Object.keys(types).map((name) => [name, "x"])));
  const bench = await HttpBench.start(t, folderSource(folder));
  for (const [name, type] of Object.entries(types)) {
    t.equal((await bench.fetch(`/${name}`)).headers["content-type"], type, name);
  }
  t.equal((await bench.fetch("/boot.efi?serial=1.2")).headers["content-type"], "application/efi", "also with a query");
  t.equal((await bench.fetch("/boot%2Eefi")).headers["content-type"], "application/efi", "and however it is written");
});

await t.test("a part of a file is sent as 206, with what part it is", async (t) => {
  const { bench } = await serve(t);
  const part = async (range: string): Promise<unknown> => {
    const { status, headers, body } = await bench.fetch("/kernel", { headers: { range } });
    return [
      status,
      headers["content-range"],
      headers["content-length"],
      body.equals(KERNEL.subarray(...bounds(range))),
    ];
  };
  t.strictSame(await part("bytes=0-9"), [206, "bytes 0-9/300000", "10", true]);
  t.strictSame(await part("bytes=131000-132100"), [206, "bytes 131000-132100/300000", "1101", true]);
  t.strictSame(await part("bytes=299990-"), [206, "bytes 299990-299999/300000", "10", true]);
  t.strictSame(await part("bytes=-5"), [206, "bytes 299995-299999/300000", "5", true]);
});

/** Returns the arguments of `subarray` for a range. */
function bounds(range: string): [number, number | undefined] {
  const [first = "", last = ""] = range.slice("bytes=".length).split("-");
  if (first === "") return [-Number(last), undefined];
  return [Number(first), last === "" ? undefined : Number(last) + 1];
}

await t.test("a part that the file has not is 416, with the size that it has", async (t) => {
  const { bench } = await serve(t);
  const { status, headers } = await bench.fetch("/kernel", { headers: { range: "bytes=300000-" } });
  t.equal(status, 416);
  t.equal(headers["content-range"], "bytes */300000");
});

await t.test("a Range of a HEAD is none (RFC 9110 14.2)", async (t) => {
  const { bench } = await serve(t);
  for (const range of ["bytes=0-9", "bytes=300000-"]) {
    const { status, headers } = await bench.fetch("/kernel", { method: "HEAD", headers: { range } });
    t.match({ status, headers }, { status: 200, headers: { "content-length": "300000", "content-range": undefined } });
  }
});

await t.test("If-Range: a part of this version only (RFC 9110 13.1.5)", async (t) => {
  const { bench } = await serve(t);
  const modified = (await bench.fetch("/kernel")).headers["last-modified"] ?? "";
  t.match(modified, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  const statusFor = async (condition: string): Promise<number> =>
    (await bench.fetch("/kernel", { headers: { range: "bytes=0-9", "if-range": condition } })).status;
  t.equal(await statusFor(modified), 206);
  t.equal(await statusFor("Thu, 01 Jan 1970 00:00:00 GMT"), 200);
  t.equal(await statusFor('"another"'), 200);
});

await t.test("no answer has a header without a value, a redirect, or a body in chunks", async (t) => {
  const { bench } = await serve(t);
  for (const target of ["/kernel", "//kernel", "/kernel/", "/nothing", "/", "/../x", "/a..b?", "/./kernel"]) {
    const { status, head } = await getRaw(bench.port, target);
    t.ok([200, 403, 404].includes(status), `${target}: ${status}`);
    t.match(head, /^content-length: \d+\r?$/im);
    t.notMatch(head, /transfer-encoding|location/i);
    for (const line of head.split("\r\n").slice(1)) t.match(line, /^[\w-]+: \S/);
  }
});

await t.test("the filters count here too", async (t) => {
  const folder = t.testdir({ root: { "menu.cfg": "the root's" }, machines: { "52-54-00-aa-bb-01.cfg": "its own" } });
  const local = new LocalFiles(new ChunkCache(1024 * 1024));
  const files = new BootFiles(
    new FolderSource(join(folder, "root"), local),
    [makeFilter("*.cfg", "./machines/{mac}.cfg")],
    { configuration: folder, package: folder },
    local,
  );
  const directory: ClientDirectory = {
    ...emptyDirectory,
    find: () => ({ mac: mac("52:54:00:aa:bb:01"), uuid: undefined, file: undefined, architecture: 16 }),
  };
  const bench = await HttpBench.start(t, files, directory);
  t.match(await bench.fetch("/menu.cfg"), { status: 200, body: Buffer.from("its own") });
});

await t.test("a client reads at its address as long as it is answered, also where it is refused", async (t) => {
  const { folder } = await serve(t);
  let [begun, ended] = [0, 0];
  const directory: ClientDirectory = {
    ...emptyDirectory,
    reading: (address) => {
      t.equal(address, ip("127.0.0.1"));
      begun += 1;
      return () => (ended += 1);
    },
  };
  const bench = await HttpBench.start(t, folderSource(folder), directory);
  t.equal((await bench.fetch("/a..b")).status, 401);
  t.strictSame([begun, ended], [1, 1]);
});

await t.test("the word of trusted proxies on who asks counts, and of nobody else", async (t) => {
  const { folder } = await serve(t);
  const directory: ClientDirectory = {
    ...emptyDirectory,
    find: (address) =>
      address === ip("192.168.1.100")
        ? { mac: mac("52:54:00:aa:bb:01"), uuid: undefined, file: undefined, architecture: undefined }
        : undefined,
  };
  const headers = { "x-forwarded-for": "192.168.1.100" };
  const doubting = await HttpBench.start(t, folderSource(folder), directory);
  t.equal((await doubting.fetch("/a..b", { headers })).status, 401);
  const trustedProxies = [Subnet.holding(ip("127.0.0.0"), ip("255.0.0.0"))];
  const trusting = await HttpBench.start(t, folderSource(folder), directory, { trustedProxies });
  t.equal((await trusting.fetch("/a..b", { headers })).status, 200);
  t.match(trusting.log(), [/^52:54:00:aa:bb:01 \(192\.168\.1\.100\): GET "\/a\.\.b": 200/]);
  t.equal((await trusting.fetch("/a..b", { headers: { "x-forwarded-for": "192.168.1.100, 9.9.9.9" } })).status, 401);
  t.equal((await trusting.fetch("/a..b")).status, 401);
});

await t.test("with a certificate it is HTTPS, and nothing else", async (t) => {
  const { folder } = await serve(t);
  const { cert, key } = makeCertificate(folder, "server");
  const bench = await HttpBench.start(t, folderSource(folder), undefined, { certificate: { cert, key } });
  const asked = getTls({ port: bench.port, host: "127.0.0.1", path: "/kernel", ca: cert, agent: false });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const parts = (await response.toArray()) as Buffer[];
  t.ok(Buffer.concat(parts).equals(KERNEL));
  t.match(response, { statusCode: 200, headers: { "content-length": "300000" } });
  await t.rejects(bench.fetch("/kernel"));
});

await t.test("a client that takes nothing for too long is let go", async (t) => {
  const clock = new ManualClock();
  const source = new MemorySource({ file: Buffer.alloc(100_000_000) });
  const bench = await HttpBench.start(t, source, undefined, { clock });
  const asked = get({ port: bench.port, host: "127.0.0.1", path: "/file", agent: false });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const broken = once(response, "error");
  clock.advance(299_000);
  t.equal(source.inUse, 1);
  clock.advance(302_000);
  while (bench.events.length === 0) await new Promise((resolve) => setImmediate(resolve));
  t.match(bench.log(), [/"\/file" from memory:file ended after .*: the client takes too long$/]);
  t.equal(source.inUse, 0);
  t.equal(clock.pending, 0);
  response.resume();
  await broken;
});

await t.test("a file that is not there is 404, with a line that tells nothing of this host", async (t) => {
  const { bench, folder } = await serve(t);
  const { status, headers, body } = await bench.fetch("/nothing");
  t.match({ status, body: body.toString() }, { status: 404, body: "Not Found\n" });
  t.equal(headers["content-length"], "10");
  t.strictSame(
    bench.log()[0]?.replace(/:\d+:/, ":PORT:"),
    `127.0.0.1:PORT: refused "/nothing" by HTTP: there is no ${folder}/nothing`,
  );
});

await t.test("C25 nothing but what is below the root is served, however it is asked", async (t) => {
  const { bench, folder } = await serve(t);
  mkdirSync(join(folder, "folder"));
  symlinkSync("../root2/secret", join(folder, "link"));
  const outside = [
    "/../root2/secret",
    "/folder/../../root2/secret",
    "/%2e%2e/root2/secret",
    "/..%2froot2%2fsecret",
    "/..\\root2\\secret",
    "/..%5croot2%5csecret",
    "//../root2/secret",
    "/link",
    "/folder",
    "/",
    "/kernel%00.txt",
    "/%zz",
    "http://host/../root2/secret",
  ];
  for (const target of outside) {
    const { status, body } = await getRaw(bench.port, target);
    t.ok([403, 404].includes(status), `${target}: ${status}`);
    t.notMatch(body, /secret/);
  }
  for (const target of ["/etc/passwd", "/root2/secret", "/....//root2/secret", "/%252e%252e/root2/secret"]) {
    t.equal((await getRaw(bench.port, target)).status, 404, target);
  }
});

await t.test("C24 names are found however their slashes are written, and with a query", async (t) => {
  const { bench } = await serve(t);
  for (const target of [
    "/a..b",
    "//a..b",
    "/./a..b",
    "/x/../a..b",
    "/a%2e%2Eb",
    "/\\a..b",
    "/a..b?x=1",
    "http://boot:80/a..b",
  ]) {
    t.match(await getRaw(bench.port, target), { status: 200, body: "fine" }, target);
  }
});

await t.test("any other method is 405, with those that are served", async (t) => {
  const { bench } = await serve(t);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"]) {
    t.match(await bench.fetch("/kernel", { method }), { status: 405, headers: { allow: "GET, HEAD" } }, method);
  }
});

await t.test("what is no HTTP is 400, and the next one is served", async (t) => {
  const { bench } = await serve(t);
  t.equal((await sendRaw(bench.port, "\0\x01kernel\0octet\0\r\n\r\n")).status, 400);
  t.equal((await bench.fetch("/a..b")).status, 200);
});

await t.test("with check_ip only machines that hold an address of ours are served", async (t) => {
  const { folder } = await serve(t);
  let known = false;
  const directory: ClientDirectory = {
    ...emptyDirectory,
    find: (address) =>
      known && address === ip("127.0.0.1")
        ? { mac: mac("52:54:00:aa:bb:01"), uuid: undefined, file: undefined, architecture: undefined }
        : undefined,
  };
  const bench = await HttpBench.start(t, folderSource(folder), directory);
  t.equal((await bench.fetch("/kernel")).status, 401);
  t.equal((await bench.fetch("/nothing")).status, 401, "nor are they told what there is");
  t.match(bench.log()[0], /: refused "\/kernel" by HTTP: check_ip is on, and the machine holds no address of ours$/);
  known = true;
  t.equal((await bench.fetch("/kernel")).status, 200);
  t.match(bench.log().at(-1), /^52:54:00:aa:bb:01 \(127\.0\.0\.1\): GET "\/kernel": 200/);
});

await t.test("a connection serves one request after another, also after refusals", async (t) => {
  const { bench } = await serve(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => {
    agent.destroy();
  });
  const ports = new Set<number>();
  for (const path of ["/kernel", "/nothing", "/../x", "/a..b", "/kernel"]) {
    ports.add((await bench.fetch(path, { agent })).localPort);
  }
  ports.add((await bench.fetch("/kernel", { agent, method: "HEAD" })).localPort);
  ports.add((await bench.fetch("/kernel", { agent, headers: { range: "bytes=999999-" } })).localPort);
  t.equal(ports.size, 1);
});

await t.test("twenty clients at once each get their file whole", async (t) => {
  const { bench } = await serve(t);
  const fetched = await Promise.all(Array.from({ length: 20 }, () => bench.fetch("/kernel")));
  t.ok(fetched.every(({ body }) => body.equals(KERNEL)));
});

await t.test("a file that breaks midway ends the connection, so that the client knows", async (t) => {
  const source = new MemorySource({ file: Buffer.alloc(1_000_000, 1) });
  source.breakAt(500_000);
  const bench = await HttpBench.start(t, source);
  await t.rejects(bench.fetch("/file"));
  t.match(bench.log(), [/"\/file" from memory:file ended after .*: \/secret\/root\/file cannot be read \(EIO\)$/]);
  t.equal(source.inUse, 0);
});

await t.test("a client that goes away midway is a line in the log, and its file is closed", async (t) => {
  const source = new MemorySource({ file: Buffer.alloc(100_000_000) });
  const bench = await HttpBench.start(t, source);
  const asked = get({ port: bench.port, host: "127.0.0.1", path: "/file", agent: false });
  const [response] = (await once(asked, "response")) as [NodeJS.ReadableStream];
  await once(response, "readable");
  asked.destroy();
  while (bench.events.length === 0) await new Promise((resolve) => setImmediate(resolve));
  t.match(bench.events, [{ kind: "transfer-failed", name: "/file" }]);
  t.equal(source.inUse, 0);
});

await t.test(
  "a file that cannot be had now is 502, and an error that nobody expected ends only its request",
  async (t) => {
    const source = new MemorySource({ broken: new TypeError("a bug"), fine: Buffer.from("fine") });
    const bench = await HttpBench.start(t, source);
    await t.rejects(bench.fetch("/broken"));
    t.match(bench.events, [{ kind: "failed", where: "answering an HTTP request", error: { message: "a bug" } }]);
    t.equal((await bench.fetch("/fine")).body.toString(), "fine");
  },
);

await t.test("stop ends connections that wait, and frees the port", async (t) => {
  const { bench } = await serve(t);
  const { port } = bench;
  const idle = connect(port, "127.0.0.1");
  await once(idle, "connect");
  const agent = new Agent({ keepAlive: true });
  await bench.fetch("/a..b", { agent });
  const closed = once(idle, "close");
  idle.resume();
  bench.server.stop();
  await closed;
  await t.rejects(getRaw(port, "/a..b"), { code: "ECONNREFUSED" });
  agent.destroy();
});
