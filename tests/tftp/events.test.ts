/** The events of requests by TFTP. */

import t from "tap";
import { Subnet } from "../../lib/net/subnet.js";
import { MemorySource } from "../support/memory-source.js";
import { SETTINGS, TftpBench } from "../support/tftp-bench.js";
import { makeError } from "../support/tftp-packet.js";
import { ip } from "../support/values.js";

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

await t.test("why a transfer failed is a code with its facts", async (t) => {
  const bench = await TftpBench.start(new MemorySource({ file: Buffer.alloc(3000) }), {
    patience: { ...SETTINGS.patience, retries: 1 },
  });
  const silent = bench.client(2001);
  await silent.request("file");
  bench.clock.advance(600_000);
  const aborting = bench.client(2002);
  await aborting.request("file");
  await aborting.send(makeError(3, "disk full"));
  const odd = bench.client(2003);
  await odd.request("file");
  await odd.send(Buffer.from([0, 3, 0, 1]));
  const two = bench.client(2004);
  await two.request("file");
  bench.server.stop();
  const failed = { kind: "transfer-failed", name: "file", origin: "memory:file", octets: 512 };
  t.match(bench.events, [
    { ...failed, peer: { port: 2001 }, cause: { code: "no-acknowledgement" } },
    { ...failed, peer: { port: 2002 }, cause: { code: "aborted-by-client", errorCode: 3, text: "disk full" } },
    { ...failed, peer: { port: 2003 }, cause: { code: "unexpected-packet", opcode: 3 } },
    { ...failed, peer: { port: 2004 }, cause: { code: "shutting-down" } },
  ]);
});

await t.test("why a file is refused is a code with its facts", async (t) => {
  const bench = await TftpBench.start(new MemorySource({}), {
    clients: [Subnet.holding(ip("192.168.7.0"), ip("255.255.255.0"))],
  });
  await bench.client(2001).request("a/../../x");
  await bench.client(2002).request("missing");
  await bench.client(2003).request("new", {}, { opcode: 2 });
  await bench.client(2004, "10.0.0.1").request("file");
  const refused = { kind: "file-refused", protocol: "TFTP" };
  t.match(bench.events, [
    { ...refused, name: "a/../../x", cause: { code: "outside-root", asked: "name" } },
    { ...refused, name: "missing", cause: { code: "file-missing", path: "/secret/root/missing" } },
    { ...refused, name: "new", cause: { code: "write-request" } },
    { ...refused, name: "file", peer: { address: ip("10.0.0.1") }, cause: { code: "clients" } },
  ]);
});
