/** Requests to the service, and what becomes of them beside a transfer. */

import t from "tap";
import { FileError } from "../../lib/files/source.js";
import { emptyDirectory, type ClientDirectory } from "../../lib/machine/directory.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import type { PathMtu } from "../../lib/os/path-mtu.js";
import { Subnet } from "../../lib/net/subnet.js";
import type { Link } from "../../lib/tftp/settings.js";

import { MemorySource } from "../support/memory-source.js";
import { SERVER, SETTINGS, TftpBench, turn } from "../support/tftp-bench.js";
import { makeAck, makeError, makeRequest } from "../support/tftp-packet.js";
import { ip, mac } from "../support/values.js";

const FILE = Buffer.from("0123456789".repeat(300));
const source = (): MemorySource => new MemorySource({ file: FILE, other: Buffer.from("other") });

await t.test(
  "C22 a file that is not there is error 1, one that may not be had 2, one that cannot be had now 0",
  async (t) => {
    const files = new MemorySource({
      "etc/shadow": new FileError({ code: "file-forbidden", path: "/srv/etc/shadow", error: "EACCES" }),
      mirrored: new FileError({ code: "mirror-failed", url: "http://mirror/x", status: 500 }),
    });
    const bench = await TftpBench.start(files);
    t.strictSame(await bench.client(2001).request("nothing"), [{ kind: "error", code: 1, text: "file not found" }]);
    t.strictSame(await bench.client(2002).request("etc/shadow"), [
      { kind: "error", code: 2, text: "access violation" },
    ]);
    t.match(await bench.client(2003).request("mirrored"), [{ kind: "error", code: 0 }]);
    t.match(await bench.client(2004).request("../x"), [{ kind: "error", code: 2 }]);
    for (const { payload } of bench.network.sent)
      t.notMatch(payload.toString("latin1"), /srv|secret|mirror\/|EACCES/, "C21");
    t.strictSame(bench.log(), [
      '192.168.7.9:2001: refused "nothing" by TFTP: there is no /secret/root/nothing',
      '192.168.7.9:2002: refused "etc/shadow" by TFTP: /srv/etc/shadow cannot be read (EACCES)',
      '192.168.7.9:2003: refused "mirrored" by TFTP: http://mirror/x answered 500',
      '192.168.7.9:2004: refused "../x" by TFTP: the name leads out of the root, or is none',
    ]);
    t.equal(bench.clock.pending, 0);
  },
);

await t.test("C20 a write request is error 2, and nothing is opened", async (t) => {
  const files = source();
  const bench = await TftpBench.start(files);
  t.match(await bench.client().request("new", {}, { opcode: 2 }), [{ kind: "error", code: 2 }]);
  t.equal(files.opened, 0);
  t.match(bench.log(), [/: refused "new" by TFTP: it wanted to write/]);
});

await t.test("C1 a malformed read request is error 4", async (t) => {
  const bench = await TftpBench.start(source());
  const malformed = [
    Buffer.from("\0\x01"),
    Buffer.from("\0\x01file"),
    Buffer.from("\0\x01file\0"),
    Buffer.from("\0\x01\0octet\0"),
    Buffer.from("\0\x01file\0mail\0"),
    Buffer.from("\0\x01\xff\xfe\0octet\0", "latin1"),
  ];
  for (const packet of malformed) {
    t.strictSame(await bench.client().sendTo(SERVER, packet), [{ kind: "error", code: 4, text: "malformed request" }]);
    t.match(bench.events.splice(0), [{ kind: "packet-dropped", protocol: "TFTP" }]);
  }
  t.equal(bench.clock.pending, 0);
});

await t.test("D6 of a flood of such requests few are answered, since the address may be a victim's", async (t) => {
  const bench = await TftpBench.start(source());
  const write = makeRequest("new", {}, { opcode: 2 });
  for (let count = 0; count < 5000; count++) {
    const from = { address: ip("10.9.9.9"), port: 1024 + count };
    bench.network.arrive(SERVER, from, count % 2 === 0 ? write : Buffer.from("\0\x01file"));
  }
  t.ok(bench.network.sent.length <= 200, `${bench.network.sent.length}`);
  bench.clock.advance(1000);
  t.match(await bench.client().sendTo(SERVER, write), [{ kind: "error", code: 2 }]);
});

await t.test("C20 D6 what opens no transfer is dropped at the service's port, an error above all", async (t) => {
  const bench = await TftpBench.start(source());
  for (const packet of [
    makeAck(1),
    Buffer.from([0, 3, 0, 1, 65]),
    makeError(1, "no"),
    Buffer.from([0, 6]),
    Buffer.from([9, 9]),
  ]) {
    t.strictSame(await bench.client().sendTo(SERVER, packet), [], packet.toString("hex"));
    t.match(bench.log(), [/: dropped a TFTP packet: /]);
  }
  t.strictSame(await bench.client().sendTo(SERVER, Buffer.alloc(0)), []);
});

await t.test("D6 requests from addresses and ports that no client has are dropped", async (t) => {
  const files = source();
  const bench = await TftpBench.start(files);
  const peers = [
    ["192.168.7.9", 0],
    ["192.168.7.255", 2000],
    ["192.168.7.0", 2000],
    ["255.255.255.255", 2000],
    ["224.0.0.1", 2000],
    ["0.0.0.0", 2000],
  ] as const;
  for (const [address, port] of peers) {
    t.strictSame(await bench.client(port, address).request("file"), [], `${address}:${port}`);
  }
  t.equal(files.opened, 0);
  t.equal(bench.network.sent.length, 0);
});

await t.test("C2 a client chooses its port, which may be a server's: lwIP's asks from 69", async (t) => {
  const bench = await TftpBench.start(source());
  for (const port of [69, 67, 1, 65535]) {
    t.ok((await bench.client(port).fetch("file", { blksize: 1024 })).equals(FILE), `port ${port}`);
  }
  const single = await TftpBench.start(source(), { singlePort: true });
  t.ok((await single.client(69).fetch("file", { blksize: 1024 })).equals(FILE), "with single_port");
});

await t.test("D6 where networks are named, requests from elsewhere are dropped", async (t) => {
  const clients = [Subnet.holding(ip("192.168.7.0"), ip("255.255.255.0"))];
  const bench = await TftpBench.start(source(), { clients });
  const elsewhere = bench.client(2000, "192.168.8.9");
  t.strictSame(await elsewhere.request("file"), []);
  t.strictSame(await elsewhere.sendTo(SERVER, Buffer.from([0, 1, 0x66])), [], "nor is it told of a malformed one");
  t.equal(bench.network.sent.length, 0);
  t.match(bench.log(), [
    /^192\.168\.8\.9:2000: refused "file" by TFTP: \[tftpd\] clients does not name its network/,
    /dropped/,
  ]);
  t.match(await bench.client(2000, "192.168.7.9").request("file"), [{ kind: "data", block: 1 }]);
});

await t.test(
  "C18 who sends to a transfer's port without a transfer is told error 5; the transfer goes on",
  async (t) => {
    const bench = await TftpBench.start(source());
    const client = bench.client(2000);
    await client.request("file");
    const port = { address: SERVER.address, port: client.serverPort };
    const unknown = [{ kind: "error", code: 5, text: "unknown transfer" }];
    t.strictSame(await bench.client(2001).sendTo(port, makeAck(1)), unknown, "another port");
    t.strictSame(await bench.client(2000, "192.168.7.8").sendTo(port, makeAck(1)), unknown, "another address");
    t.strictSame(await bench.client(2001).sendTo(port, makeError(0, "")), [], "never in answer to an error");
    t.strictSame(client.answers(), []);
    t.match(await client.ack(1), [{ kind: "data", block: 2 }]);
  },
);

await t.test("C18 D6 that is not done for ever: a flood gets few answers, and then there are more again", async (t) => {
  const bench = await TftpBench.start(source());
  const client = bench.client(2000);
  await client.request("file");
  const port = { address: SERVER.address, port: client.serverPort };
  const flood = (): number => {
    bench.network.takeSent();
    for (let count = 0; count < 10_000; count++)
      bench.network.arrive(port, { address: ip("10.9.9.9"), port: 1 }, makeAck(1));
    return bench.network.takeSent().length;
  };
  t.ok(flood() <= 200);
  t.equal(flood(), 0);
  bench.clock.advance(1000);
  t.ok(flood() > 0);
  t.match(await client.ack(1), [{ kind: "data", block: 2 }]);
});

await t.test("C19 a request that is repeated before it was answered is one transfer", async (t) => {
  const files = source();
  const bench = await TftpBench.start(files);
  files.stall();
  const client = bench.client();
  for (let repetition = 0; repetition < 3; repetition++) await client.request("file");
  t.equal(files.opened, 1, "C28a one of them opens the file");
  files.resume();
  t.match(await client.wait(0), [{ kind: "data", block: 1 }]);
  t.strictSame(await client.request("file"), [], "block 1 is under way already");
  t.equal(files.opened, 1);
  t.ok((await bench.client(2001).fetch("file")).equals(FILE));
});

await t.test("C19 another request from the same port ends the transfer before it, and begins a new one", async (t) => {
  const files = source();
  const bench = await TftpBench.start(files);
  const client = bench.client();
  await client.request("file");
  await client.ack(1);
  const former = client.serverPort;
  t.match(await client.request("other"), [{ kind: "data", block: 1, octets: Buffer.from("other") }]);
  t.not(client.serverPort, former, "from another port, so that late packets are not taken for its own");
  t.equal(files.inUse, 1);
  t.match(bench.events, [{ kind: "transfer-failed", name: "file", cause: { code: "asked-again" } }]);
  t.strictSame(await client.ack(1), []);
  t.match(bench.events, [{}, { kind: "transfer-ended", name: "other" }]);
});

await t.test("C19 the same request again after blocks were acknowledged begins anew", async (t) => {
  const bench = await TftpBench.start(source());
  const client = bench.client();
  await client.request("file");
  await client.ack(1);
  t.match(await client.request("file"), [{ kind: "data", block: 1 }]);
  t.match(await client.ack(1), [{ kind: "data", block: 2 }]);
});

await t.test(
  "C19 a client that goes on to another file while the first is being opened gets only the second",
  async (t) => {
    const files = source();
    const bench = await TftpBench.start(files);
    files.stall();
    const client = bench.client();
    await client.request("file");
    await client.request("other");
    files.resume();
    t.match(await client.wait(0), [{ kind: "data", block: 1, octets: Buffer.from("other") }]);
    t.equal(files.inUse, 1, "the first is closed again");
    await client.ack(1);
    t.equal(files.inUse, 0);
  },
);

await t.test("D8 beyond the number of transfers requests are dropped; when one has ended there is room", async (t) => {
  const files = source();
  const bench = await TftpBench.start(files, { mostTransfers: 3 });
  for (let port = 2000; port < 2003; port++) t.equal((await bench.client(port).request("file")).length, 1);
  t.strictSame(await bench.client(2003).request("file"), []);
  t.equal(files.opened, 3);
  t.match(bench.log(), [/^192\.168\.7\.9:2003: dropped a TFTP packet: there are 3 transfers$/]);
  await bench.client(2000).request("other");
  await bench.client(2000).ack(1);
  bench.clock.advance(3_600_000);
  t.equal((await bench.client(2003).request("file")).length, 1);
});

await t.test("D6 one address has a number of transfers of its own, which leaves others theirs", async (t) => {
  const bench = await TftpBench.start(source(), { mostPerClient: 2 });
  for (const port of [2000, 2001]) t.equal((await bench.client(port).request("file")).length, 1);
  t.strictSame(await bench.client(2002).request("file"), []);
  t.equal((await bench.client(2002, "192.168.7.8").request("file")).length, 1);
  t.match(await bench.client(2000).request("other"), [{ kind: "data" }], "instead of its last one it may have another");
});

await t.test("D8 who asks in the names of others, who never answer, takes nobody's place", async (t) => {
  const files = source();
  const bench = await TftpBench.start(files, { mostTransfers: 10, mostPerClient: 5 });
  const reader = bench.client(3000, "192.168.7.8");
  await reader.request("file");
  const spoofed = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      await bench.client(2000 + index, `192.168.7.${100 + (index % 50)}`).request("file");
      bench.clock.advance(20);
    }
  };
  t.match(await reader.ack(1), [{ kind: "data", block: 2 }], "it has begun");
  await spoofed(200);
  t.equal(files.inUse, 10, "no more than there may be");
  t.ok((await bench.client(3001, "192.168.7.7").fetch("file")).equals(FILE), "another one begins and ends");
  t.match((await reader.ack(2)).at(-1), { kind: "data", block: 3 }, "and goes on");
  t.match(bench.log(), [/: "file" from \S+ ended after 512 B: the client did not answer, and there are 10 transfers$/]);
  for (let port = 4000; port < 4100; port++) {
    await bench.client(port, "192.168.7.8").request("file");
    bench.clock.advance(50);
  }
  t.match(await bench.client(3002, "192.168.7.8").request("file"), [{ kind: "data" }], "in its own name too");
});

await t.test("C29 fifty clients at once, block by block in turns, each get their file whole", async (t) => {
  const contents = Array.from({ length: 50 }, (_, index) => Buffer.alloc(3000 + index * 37, `${index}.`));
  const files = new MemorySource(Object.fromEntries(contents.map((content, index) => [`f${index}`, content])), 1024);
  const bench = await TftpBench.start(files);
  const received = await Promise.all(
    contents.map((_, index) => bench.client(3000 + index).fetch(`f${index}`, { blksize: 100 + index, windowsize: 4 })),
  );
  t.strictSame(
    received.map((octets, index) => octets.equals(contents[index] ?? Buffer.alloc(0))),
    contents.map(() => true),
  );
  t.equal(files.inUse, 0);
  t.equal(bench.clock.pending, 0);
});

await t.test(
  "D16 stop tells every client, closes every port and file, and what is being opened comes to nothing",
  async (t) => {
    const files = source();
    const bench = await TftpBench.start(files);
    const clients = [bench.client(2000), bench.client(2001)];
    for (const client of clients) await client.request("file");
    files.stall();
    const waiting = bench.client(2002);
    await waiting.request("other");
    bench.server.stop();
    for (const client of clients) {
      t.match(client.answers(), [{ kind: "error", code: 0, text: /shutting down/ }]);
    }
    t.strictSame(bench.network.listening, []);
    files.resume();
    await turn();
    t.strictSame(waiting.answers(), []);
    t.equal(files.inUse, 0);
    t.equal(bench.clock.pending, 0);
    t.match(bench.log(), [/ended after 512 B: the server is shutting down$/, /ended after 512 B: /]);
  },
);

await t.test("D9 an error that nobody expected is an event, and others are served on", async (t) => {
  const files = new MemorySource({ broken: new TypeError("a bug"), file: FILE });
  const bench = await TftpBench.start(files);
  t.strictSame(await bench.client(2000).request("broken"), []);
  t.match(bench.events.splice(0), [{ kind: "failed", where: "starting a TFTP transfer", error: { message: "a bug" } }]);
  t.ok((await bench.client(2000).fetch("file")).equals(FILE), "also the client that met it");
});

await t.test("D9 what the system refuses to send is an event, and sent again in time", async (t) => {
  for (const code of ["ENETUNREACH", "EMSGSIZE", "EPERM", "ENOBUFS"]) {
    const bench = await TftpBench.start(source());
    const client = bench.client();
    bench.network.refuseToSend(Object.assign(new Error(`send ${code}`), { code }));
    t.strictSame(await client.request("file"), []);
    t.strictSame(bench.log(), [`sending by TFTP: send ${code}`]);
    bench.network.refuseToSend(undefined);
    t.match(await client.wait(2000), [{ kind: "data", block: 1 }]);
  }
});

await t.test("the log names the machine whose address it is", async (t) => {
  const directory: ClientDirectory = {
    ...emptyDirectory,
    find: (address) =>
      address === ip("192.168.7.9")
        ? { mac: mac("52:54:00:aa:bb:01"), uuid: undefined, file: undefined, architecture: undefined }
        : undefined,
  };
  const bench = await TftpBench.start(source(), {}, directory);
  await bench.client().fetch("other");
  await bench.client(2001).request("nothing");
  t.match(bench.log(), [
    /^52:54:00:aa:bb:01 \(192\.168\.7\.9\): sent "other" from memory:other: /,
    /^52:54:00:aa:bb:01 \(192\.168\.7\.9\): refused "nothing" by TFTP: /,
  ]);
});

await t.test("a client reads at its address from its request to the end of the transfer", async (t) => {
  let [begun, ended] = [0, 0];
  const directory: ClientDirectory = {
    ...emptyDirectory,
    reading: (address) => {
      t.equal(address, ip("192.168.7.9"));
      begun += 1;
      return () => (ended += 1);
    },
  };
  const bench = await TftpBench.start(source(), {}, directory);
  const client = bench.client();
  await client.request("file");
  t.strictSame([begun, ended], [1, 0]);
  await client.fetch("other");
  t.strictSame([begun, ended], [2, 2], "the former one is over when it asks again from the same port");
  await bench.client(2001).request("nothing");
  t.strictSame([begun, ended], [3, 3]);
  await bench.client(2002).request("file");
  bench.server.stop();
  t.strictSame([begun, ended], [4, 4]);
});

await t.test("with single_port all comes from the service's port, and goes there", async (t) => {
  const bench = await TftpBench.start(source(), { singlePort: true });
  const client = bench.client();
  const received = await client.fetch("file", { blksize: 1000, windowsize: 2 });
  t.ok(received.equals(FILE));
  t.ok(bench.network.sent.every(({ from }) => from.port === SETTINGS.port));
  t.equal(bench.network.listening.length, 1);
  t.match(await bench.client(2001).sendTo(SERVER, makeAck(1)), [{ kind: "error", code: 5 }]);
  t.match(await bench.client(2002).sendTo(SERVER, makeRequest("nothing")), [{ kind: "error", code: 1 }]);
});

await t.test("a port that is taken is told of, and nothing stays open", async (t) => {
  const bench = await TftpBench.start(source());
  bench.server.stop();
  await bench.network.open(SERVER, { onDatagrams: () => undefined, onError: () => undefined });
  await t.rejects(bench.server.start(), { code: "EADDRINUSE" });
  bench.server.stop();
  t.equal(bench.network.listening.length, 1);
});

await t.test("C6 blksize fits the link that the client is on, else that of the address it asked", async (t) => {
  const link = (address: string, mask: string, largestBlockSize: number): Link => ({
    address: ip(address),
    subnet: Subnet.holding(ip(address), ip(mask)),
    largestBlockSize,
  });
  const links = [link("192.168.7.1", "255.255.255.0", 1468), link("10.0.0.1", "255.0.0.0", 1248)];
  const bench = await TftpBench.start(source(), { links });
  const cases = { "192.168.7.50": "1468", "10.1.2.3": "1248", "203.0.113.9": "1468" };
  for (const [client, expected] of Object.entries(cases)) {
    const answers = await bench.client(2000, client).request("file", { blksize: 8192 });
    t.match(answers, [{ kind: "oack", options: [["blksize", expected]] }], client);
  }
});

await t.test("C6 blksize fits the way to the client, where the system tells what that carries", async (t) => {
  const asked: unknown[] = [];
  const ways: Readonly<Record<string, number>> = { "192.168.7.50": 1400, "10.1.2.3": 9000 };
  const pathMtu: PathMtu = (source, { address, port }) => {
    asked.push([formatIpv4(source), port]);
    return ways[formatIpv4(address)];
  };
  const bench = await TftpBench.start(source(), {}, emptyDirectory, pathMtu);
  const cases = { "192.168.7.50": "1368", "10.1.2.3": "8192", "203.0.113.9": "1468" };
  for (const [client, expected] of Object.entries(cases)) {
    const answers = await bench.client(2000, client).request("file", { BLKSIZE: 8192 });
    t.match(answers, [{ kind: "oack", options: [["BLKSIZE", expected]] }], client);
  }
  t.strictSame(asked, Array(3).fill(["192.168.7.1", 2000]));
  await bench.client(2001).request("file");
  await bench.client(2002).request("file", { windowsize: 4 });
  t.equal(asked.length, 3, "it is not asked for blocks of the usual size");
});
