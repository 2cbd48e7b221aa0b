/** Quirks of boot programs in the field: by HTTP, and in the names that they request by either protocol. */

import t, { type Test } from "tap";
import { folderSource, HttpBench } from "../support/http-bench.js";
import { getRaw, sendRaw } from "../support/http-raw.js";

function serve(t: Test): Promise<HttpBench> {
  const files = {
    "boot.efi": "efi",
    "disk.ISO": "iso",
    "disk.img": "img",
    Boot: { BCD: "bcd" },
    grub: { "grub.cfg": "cfg" },
  };
  return HttpBench.start(t, folderSource(t.testdir(files)));
}

await t.test(
  "quirk: EDK2 fails at a 301 for a path with //, waits for ever on chunks, hangs on a blank header",
  async (t) => {
    const { port } = await serve(t);
    for (const target of ["/boot.efi", "//boot.efi", "/grub//../boot.efi", "/./boot.efi"]) {
      const { status, head, body } = await getRaw(port, target);
      t.equal(status, 200, target);
      t.equal(body, "efi");
      t.match(head, /^HTTP\/1\.1 200 OK\r\n/);
      t.match(head, /\r\nContent-Length: 3(?:\r\n|$)/i);
      t.notMatch(head, /transfer-encoding/i);
      t.notMatch(head, /^[^:\r\n]+: *$/m);
    }
    t.notMatch((await getRaw(port, "/grub")).head, /location:/i, "a folder is no redirect to one with a slash");
  },
);

await t.test(
  "quirk: B23 EDK2 asks HEAD first, and knows by the type whether it runs a file or mounts it",
  async (t) => {
    const bench = await serve(t);
    for (const [path, type] of [
      ["/boot.efi", "application/efi"],
      ["/disk.ISO", "application/vnd.efi-iso"],
      ["/disk.img", "application/vnd.efi-img"],
    ] as const) {
      for (const method of ["HEAD", "GET"]) {
        const { status, headers, body } = await bench.fetch(path, { method });
        t.equal(status, 200);
        t.match(headers, { "content-type": type, "content-length": "3" }, `${method} ${path}`);
        t.equal(body.length, method === "HEAD" ? 0 : 3);
      }
    }
  },
);

await t.test("quirk: firmware that closes after HTTP/1.0, and one that goes on by the same connection", async (t) => {
  const { port } = await serve(t);
  const old = await sendRaw(port, "GET /boot.efi HTTP/1.0\r\n\r\n");
  t.equal(old.status, 200);
  t.equal(old.body, "efi");
  const both =
    "HEAD /boot.efi HTTP/1.1\r\nhost: a\r\n\r\nGET /boot.efi HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
  const { body } = await sendRaw(port, both);
  t.match(body, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nefi$/, "the answer to GET after that to HEAD");
});

await t.test("quirk: GRUB asks with // in a name, Windows with backslashes and in any case", async (t) => {
  const bench = await serve(t);
  for (const [target, content] of [
    ["//grub//grub.cfg", "cfg"],
    ["/GRUB/Grub.cfg", "cfg"],
    ["/%5CBoot%5CBCD", "bcd"],
    ["/boot/bcd", "bcd"],
    ["/boot%5Cbcd", "bcd"],
  ] as const) {
    t.equal((await bench.fetch(target)).body.toString(), content, target);
  }
});
