/** The events of requests by TFTP. */

import t from "tap";
import { MemorySource } from "../support/memory-source.js";
import { TftpBench } from "../support/tftp-bench.js";

await t.test("a transfer is told of when it begins, with the octets that it is to send", async (t) => {
  const bench = await TftpBench.start(new MemorySource({ file: Buffer.alloc(3000), other: Buffer.from("other") }));
  const options = { tsize: "0" };
  await bench.client(2001).fetch("file", options);
  await bench.client(2002).request("other", {}, { mode: "netascii" });
  await bench.client(2003).request("nothing");
  const transfer = { kind: "transfer-began", protocol: "TFTP", mac: undefined, origin: "memory:file", size: 3000 };
  t.match(bench.details, [
    { ...transfer, name: "file", peer: { port: 2001 } },
    { ...transfer, name: "other", origin: "memory:other", size: undefined, peer: { port: 2002 } },
  ]);
});
