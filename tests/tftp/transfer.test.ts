/** A transfer in lock-step, packet by packet, as its client sees it. */

import t from "tap";
import { ONLY_LOOKED } from "../../lib/tftp/packet.js";
import { MemorySource } from "../support/memory-source.js";
import { SETTINGS, TftpBench } from "../support/tftp-bench.js";
import { makeAck, makeError, type Answer } from "../support/tftp-packet.js";

const numbers = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => index % 251));

const SOURCE = {
  empty: Buffer.alloc(0),
  short: numbers(100),
  block: numbers(512),
  two: numbers(700),
  kernel: numbers(5000),
};

const patience = { ...SETTINGS.patience, leastRate: 0 };
const start = (): Promise<TftpBench> => TftpBench.start(new MemorySource(SOURCE), { patience });
const data = (block: number, from: Buffer, size = 512): Answer => ({
  kind: "data",
  block,
  octets: from.subarray((block - 1) * size, block * size),
});

await t.test("C3 without options block 1 comes at once, and each further one for an acknowledgement", async (t) => {
  const bench = await start();
  const client = bench.client();
  t.strictSame(await client.request("two"), [data(1, SOURCE.two)]);
  t.strictSame(await client.ack(1), [data(2, SOURCE.two)]);
  t.strictSame(await client.ack(2), []);
  t.match(bench.log(), [/^192\.168\.7\.9:2000: sent "two" from memory:two: 700 B in /]);
  t.equal(bench.clock.pending, 0, "nothing is left behind");
});

await t.test("C3 with options an OACK comes first, and block 1 when it is acknowledged", async (t) => {
  const bench = await start();
  const client = bench.client();
  t.strictSame(await client.request("two", { blksize: 600, tsize: 0 }), [
    {
      kind: "oack",
      options: [
        ["blksize", "600"],
        ["tsize", "700"],
      ],
    },
  ]);
  t.strictSame(await client.ack(0), [data(1, SOURCE.two, 600)]);
  t.strictSame(await client.ack(1), [data(2, SOURCE.two, 600)]);
});

await t.test("C3 where no option is accepted block 1 comes at once; an empty OACK never", async (t) => {
  const bench = await start();
  const requests = [{ unknown: 1 }, { blksize: 7 }, { blksize: "x", timeout: 0, windowsize: 0 }];
  for (const [index, options] of requests.entries()) {
    t.strictSame(await bench.client(2000 + index).request("short", options), [data(1, SOURCE.short)]);
  }
});

await t.test("C2 the transfer comes from the address that was asked, and a port of its own", async (t) => {
  const bench = await start();
  await bench.client().request("two");
  const [{ from } = { from: undefined }] = bench.network.sent;
  t.equal(from?.address, 0xc0a80701);
  t.not(from?.port, 69);
});

await t.test("C11 the last block is shorter than the others, and empty where nothing is left", async (t) => {
  const bench = await start();
  const client = bench.client(2001);
  t.strictSame(await client.request("block"), [data(1, SOURCE.block)]);
  t.strictSame(await client.ack(1), [data(2, SOURCE.block)]);
  t.strictSame(await client.ack(2), []);
  t.strictSame(await bench.client(2002).request("empty"), [data(1, SOURCE.empty)]);
  t.strictSame(await bench.client(2003).fetch("empty", { blksize: 1024, tsize: 0 }), SOURCE.empty);
});

await t.test("C6 C11 D16 files arrive whole with blocks of any size, also one that divides theirs", async (t) => {
  const bench = await start();
  let port = 2000;
  for (const blksize of [8, 9, 100, 250, 500, 511, 512, 513, 1000, 1250, 1468]) {
    for (const [name, content] of Object.entries(SOURCE)) {
      t.ok((await bench.client(port++).fetch(name, { blksize })).equals(content), `${name} by ${blksize}`);
    }
  }
  t.notOk(bench.events.some(({ kind }) => kind !== "transfer-ended"));
});

await t.test("C13 an acknowledgement that is repeated causes no packet", async (t) => {
  const bench = await start();
  const client = bench.client();
  await client.request("kernel");
  t.strictSame(await client.ack(0), [], "nor one of what was never sent");
  t.strictSame(await client.ack(1), [data(2, SOURCE.kernel)]);
  for (let repetition = 0; repetition < 5; repetition++) t.strictSame(await client.ack(1), []);
  t.strictSame(await client.ack(0), []);
  t.strictSame(await client.ack(2), [data(3, SOURCE.kernel)]);
});

await t.test("C13 an acknowledgement of a block that was not sent yet is ignored", async (t) => {
  const bench = await start();
  const client = bench.client();
  await client.request("kernel");
  for (const block of [2, 3, 100, 32768, 65535]) t.strictSame(await client.ack(block), [], `${block}`);
  t.strictSame(await client.ack(1), [data(2, SOURCE.kernel)]);
});

await t.test(
  "C14 with an agreed timeout a lost packet comes again after it, after twice that, and so on",
  async (t) => {
    const bench = await start();
    const client = bench.client();
    await client.request("kernel", { timeout: 1 });
    const block = await client.ack(0);
    t.strictSame(block, [data(1, SOURCE.kernel)]);
    for (const seconds of [1, 2, 4, 8, 16]) {
      t.strictSame(await client.wait(seconds * 1000 - 1), [], `not within ${seconds} s`);
      t.strictSame(await client.wait(1), block, `after ${seconds} s`);
    }
    t.strictSame(await client.wait(31_999), []);
    const given = await client.wait(1);
    t.match(given, [{ kind: "error", code: 0 }], "then the client is given up, and told once");
    t.strictSame(await client.wait(3_600_000), []);
    t.equal(bench.clock.pending, 0);
    t.match(bench.log(), [/"kernel" from memory:kernel ended after 512 B: no acknowledgement came in time$/]);
  },
);

await t.test("C14 the count of tries begins anew with every block that arrives", async (t) => {
  const bench = await start();
  const client = bench.client();
  await client.request("kernel", { timeout: 1 });
  await client.ack(0);
  for (let block = 1; block <= 9; block++) {
    t.strictSame(await client.wait(15_000), Array(4).fill(data(block, SOURCE.kernel)), "1 + 2 + 4 + 8 s");
    t.strictSame(await client.ack(block), [data(block + 1, SOURCE.kernel)]);
  }
  await client.ack(10);
  t.match(bench.events, [{ kind: "transfer-ended", outcome: "complete", retransmissions: 36, octets: 5000 }]);
});

await t.test("C14 without an agreed timeout gaps double too, and it ends", async (t) => {
  const bench = await start();
  const client = bench.client();
  await client.request("kernel");
  await client.ack(1);
  const times: number[] = [];
  const begin = bench.clock.now();
  let end: readonly Answer[] = [];
  for (let waited = 0; waited < 300_000 && end.length === 0; waited += 5) {
    const came = await client.wait(5);
    if (came.length > 0) times.push(bench.clock.now() - begin);
    if (came.some(({ kind }) => kind === "error")) end = came;
  }
  t.match(end, [{ kind: "error", code: 0 }]);
  const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
  t.ok(gaps.length >= 5, `${gaps.join(", ")} ms`);
  for (const [index, gap] of gaps.entries()) if (index > 0) t.ok(gap >= 2 * (gaps[index - 1] ?? 0) - 10);
  t.ok((times.at(-1) ?? 0) >= 30_000, "a client that is away for half a minute is not given up");
});

await t.test("D7 who acknowledges just before each timeout, or the same for ever, is let go", async (t) => {
  const source = new MemorySource({ kernel: numbers(5_000_000) });
  for (const [reason, limits, acknowledge] of [
    [/slower than 256 octets a second/, SETTINGS.patience, (block: number) => block],
    [/longer than 300 s/, { ...patience, longestSeconds: 300 }, (block: number) => block],
    [/kernel/, SETTINGS.patience, () => 1],
  ] as const) {
    const bench = await TftpBench.start(source, { patience: limits });
    const client = bench.client(2000);
    let [last] = await client.request("kernel", { timeout: 3 });
    let seconds = 0;
    for (let block = 0; last?.kind !== "error" && seconds < 1000; block++) {
      last = (await client.send(makeAck(acknowledge(block)))).at(-1) ?? last;
      last = (await client.wait(2900)).at(-1) ?? last;
      seconds += 2.9;
    }
    t.match(last, { kind: "error" });
    t.ok(seconds < 400, `after ${Math.round(seconds)} s`);
    t.match(bench.log().join("\n"), reason);
    t.equal(bench.clock.pending, 0);
  }
});

await t.test("D6 who never acknowledges anything gets the first packet four times and an error", async (t) => {
  const bench = await start();
  // A window is not begun before its options were acknowledged.
  for (const [index, options] of [{}, { blksize: 1024 }, { windowsize: 64 }].entries()) {
    const client = bench.client(2000 + index);
    const [first] = await client.request("kernel", options);
    const more = await client.wait(600_000);
    t.strictSame(more.slice(0, -1), [first, first, first]);
    t.match(more.at(-1), { kind: "error", code: 0 });
  }
  t.equal(bench.clock.pending, 0);
});

await t.test(
  "C15 a last block that is not acknowledged is sent again, and then it is over without a word",
  async (t) => {
    const bench = await start();
    const client = bench.client();
    await client.request("two", { timeout: 1 });
    await client.ack(0);
    const last = await client.ack(1);
    t.strictSame(await client.wait(600_000), Array(5).fill(last[0]));
    t.match(bench.events, [{ kind: "transfer-ended", outcome: "unconfirmed", octets: 700 }]);
    t.match(bench.log(), [/the last acknowledgement is missing$/]);
    t.equal(bench.clock.pending, 0);
  },
);

await t.test("C16 an error of the client's ends the transfer at once, with no word back", async (t) => {
  for (const error of [makeError(0, "enough"), makeError(3, "disk full"), makeError(999, ""), Buffer.from([0, 5])]) {
    const bench = await start();
    const client = bench.client();
    await client.request("kernel");
    t.strictSame(await client.send(error), []);
    t.strictSame(await client.wait(600_000), []);
    t.strictSame(await client.ack(1), [], "nor to what it sends late");
    t.equal(bench.clock.pending, 0);
    t.match(bench.log(), [/"kernel" from memory:kernel ended after 512 B: the client ended it: error \d+/]);
  }
});

await t.test("C17 a client that only asks the size ends no transfer in failure", async (t) => {
  const source = new MemorySource(SOURCE);
  const bench = await TftpBench.start(source);
  const probe = bench.client(2000);
  t.match(await probe.request("kernel", { tsize: 0, blksize: 1468, windowsize: 4 }), [{ kind: "oack" }]);
  t.strictSame(await probe.send(makeError(8, "User aborted the transfer")), []);
  t.match(bench.events, [{ kind: "transfer-ended", outcome: "probed" }]);
  t.match(bench.log(), [/: asked the size of "kernel"$/]);
  t.equal(source.inUse, 0);
  t.ok((await bench.client(2001).fetch("kernel", { blksize: 1468, windowsize: 4 })).equals(SOURCE.kernel));
});

await t.test("who says that it only looked whether a file is there ends no transfer in failure", async (t) => {
  const bench = await start();
  const client = bench.client();
  await client.request("kernel");
  t.strictSame(await client.send(makeError(0, ONLY_LOOKED)), []);
  t.match(bench.events, [{ kind: "transfer-ended", outcome: "probed", octets: 512 }]);
  t.match(bench.log(), [/: looked at the first block of "kernel"$/]);
  t.equal(bench.clock.pending, 0);
});

await t.test(
  "C28 a file that breaks midway ends the transfer with one error, which says nothing of this host",
  async (t) => {
    const source = new MemorySource(SOURCE, 1024);
    source.breakAt(1500);
    const bench = await TftpBench.start(source);
    const client = bench.client();
    await client.request("kernel");
    await client.ack(1);
    const answer = await client.ack(2);
    t.match(answer, [{ kind: "error", code: 0 }]);
    t.notMatch(JSON.stringify(answer), /fire|memory/);
    t.strictSame(await client.wait(600_000), []);
    t.match(bench.log(), [
      /"kernel" from memory:kernel ended after 1024 B: \/secret\/root\/file cannot be read \(EIO\)$/,
    ]);
    t.equal(source.inUse, 0);
  },
);

await t.test(
  "C28a nothing is sent while the file is being read, and the client's patience is not counted then",
  async (t) => {
    const source = new MemorySource(SOURCE, 512);
    const bench = await TftpBench.start(source);
    const client = bench.client();
    await client.request("kernel");
    source.stall();
    t.strictSame(await client.ack(1), []);
    t.strictSame(await client.wait(600_000), []);
    source.resume();
    t.strictSame(await client.wait(0), [data(2, SOURCE.kernel)]);
  },
);

await t.test("a packet that has no business in a transfer ends it", async (t) => {
  const bench = await start();
  const client = bench.client();
  await client.request("kernel");
  t.match(await client.send(Buffer.from([0, 3, 0, 1, 1, 2, 3])), [{ kind: "error", code: 4 }]);
  t.match(bench.events, [{ kind: "transfer-failed" }]);
});

await t.test("a packet that is cut short is ignored", async (t) => {
  const bench = await start();
  const client = bench.client();
  await client.request("kernel");
  for (const octets of [[], [0], [0, 4], [0, 4, 0]]) t.strictSame(await client.send(Buffer.from(octets)), []);
  t.strictSame(await client.send(makeAck(1)), [data(2, SOURCE.kernel)]);
});

await t.test(
  "what nobody acknowledged in time may be cut on its way; after two windows, all that follows",
  async (t) => {
    const bench = await start();
    const client = bench.client();
    /** Whether the packets since the last call may be fragmented; one entry for several equal ones in a row. */
    const divisible = (): readonly boolean[] =>
      bench.network
        .takeSent()
        .map(({ mayFragment }) => mayFragment === true)
        .filter((each, index, all) => each !== all[index - 1]);
    await client.request("kernel", { blksize: 600 });
    await client.wait(2000);
    t.strictSame(divisible(), [false], "an OACK is short");
    await client.ack(0);
    await client.wait(2000);
    t.strictSame(divisible(), [false, true]);
    await client.ack(1);
    await client.ack(2);
    await client.wait(2000);
    await client.ack(3);
    t.strictSame(divisible(), [false, true, false], "one that was acknowledged in time lies between");
    await client.wait(2000);
    await client.ack(4);
    await client.ack(5);
    t.strictSame(divisible(), [true]);
  },
);
