/** Windows (RFC 7440) and block numbers that wrap, packet by packet. */

import { createHash } from "node:crypto";
import t from "tap";
import { MemorySource } from "../support/memory-source.js";
import { TftpBench, turn, type TftpClient } from "../support/tftp-bench.js";
import type { Answer } from "../support/tftp-packet.js";

const BLOCK = 100;
const FILE = Buffer.from(Array.from({ length: 2050 }, (_, index) => index % 251));

/** The numbers of the blocks that came; throws where something else came. */
function blocks(answers: readonly Answer[]): readonly number[] {
  return answers.map((answer) => {
    if (answer.kind !== "data") throw new Error(JSON.stringify(answer));
    const start = (answer.block - 1) * BLOCK;
    if (!answer.octets.equals(FILE.subarray(start, start + BLOCK))) throw new Error(`block ${answer.block} is another`);
    return answer.block;
  });
}

/** A client whose request for windows of `windowsize` blocks was granted. */
async function start(windowsize: number, timeout = 1): Promise<{ bench: TftpBench; client: TftpClient }> {
  const bench = await TftpBench.start(new MemorySource({ file: FILE }));
  const client = bench.client();
  const granted = await client.request("file", { blksize: BLOCK, windowsize, timeout });
  if (granted[0]?.kind !== "oack") throw new Error(JSON.stringify(granted));
  return { bench, client };
}

const range = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

await t.test("C10 a window of blocks comes for each acknowledgement of the last one", async (t) => {
  const { bench, client } = await start(4);
  t.strictSame(blocks(await client.ack(0)), [1, 2, 3, 4]);
  t.strictSame(blocks(await client.ack(4)), [5, 6, 7, 8]);
  for (const block of [8, 12, 16]) t.strictSame(blocks(await client.ack(block)), range(block + 1, block + 4));
  t.strictSame(blocks(await client.ack(20)), [21], "the last window has what is left");
  t.strictSame(await client.ack(21), []);
  t.match(bench.events, [{ kind: "transfer-ended", outcome: "complete", octets: 2050, retransmissions: 0 }]);
});

await t.test("C10 an acknowledgement inside the window says that what follows it was lost", async (t) => {
  const { client } = await start(4);
  await client.ack(0);
  const again = blocks(await client.ack(2));
  t.strictSame(
    again.toSorted((a, b) => a - b),
    [3, 4, 5, 6],
    "that, and what there is room for now",
  );
  t.strictSame(blocks(await client.ack(6)), [7, 8, 9, 10]);
});

await t.test(
  "C10 the block before the window acknowledged again means that its first was lost: once, not each time",
  async (t) => {
    const { bench, client } = await start(4);
    await client.ack(0);
    await client.ack(4);
    t.strictSame(blocks(await client.ack(4)), [5, 6, 7, 8]);
    for (let repetition = 0; repetition < 3; repetition++)
      t.strictSame(await client.ack(4), [], "EDK2 says so for each");
    t.strictSame(blocks(await client.wait(1000)), [5, 6, 7, 8], "then it is the timer's business");
    t.strictSame(blocks(await client.ack(8)), [9, 10, 11, 12]);
    t.strictSame(await client.ack(8), [], "what was sent twice may be acknowledged twice");
    t.strictSame(blocks(await client.ack(12)), [13, 14, 15, 16]);
    t.strictSame(blocks(await client.ack(12)), [13, 14, 15, 16], "and once again in a later window");
    t.equal(bench.events.length, 0);
  },
);

await t.test("C10 without an acknowledgement the whole window comes again", async (t) => {
  const { client } = await start(8);
  await client.ack(0);
  t.strictSame(await client.wait(999), []);
  t.strictSame(blocks(await client.wait(1)), range(1, 8));
});

await t.test("C13 an acknowledgement from before the window, or from beyond it, is ignored", async (t) => {
  const { client } = await start(4);
  await client.ack(0);
  await client.ack(4);
  for (const block of [0, 1, 2, 3, 9, 10, 1000, 65535]) t.strictSame(await client.ack(block), [], `${block}`);
  t.strictSame(blocks(await client.ack(8)), range(9, 12));
});

await t.test("C9 more than 64 are asked for: 64 are granted, and come", async (t) => {
  const small = Buffer.alloc(64 * 8 * 3, 1);
  const bench = await TftpBench.start(new MemorySource({ small }));
  const client = bench.client();
  t.match(await client.request("small", { blksize: 8, windowsize: 65535 }), [
    {
      options: [
        ["blksize", "8"],
        ["windowsize", "64"],
      ],
    },
  ]);
  t.equal((await client.ack(0)).length, 64);
});

await t.test("a window that is at hand in part is sent in part, and goes on when the rest is there", async (t) => {
  const source = new MemorySource({ file: FILE }, 2 * BLOCK);
  const bench = await TftpBench.start(source);
  const client = bench.client();
  await client.request("file", { blksize: BLOCK, windowsize: 4, timeout: 1 });
  t.strictSame(blocks(await client.ack(0)).slice(0, 2), [1, 2]);
  await turn();
  client.answers();
  source.stall();
  await client.ack(4);
  t.strictSame(blocks(await client.wait(0)), []);
  source.resume();
  t.strictSame(blocks(await client.wait(0)), [5, 6, 7, 8]);
});

await t.test("C28a a file that is slow amid a window does not cost the client its transfer", async (t) => {
  const source = new MemorySource({ file: FILE }, 2 * BLOCK);
  const bench = await TftpBench.start(source);
  const client = bench.client();
  await client.request("file", { blksize: BLOCK, windowsize: 3, timeout: 1 });
  await client.ack(0);
  await client.wait(0);
  source.stall();
  t.strictSame(blocks(await client.ack(3)), [4], "what is left of the chunk");
  t.strictSame(await client.ack(4), [], "the client takes what came");
  t.strictSame(await client.wait(300_000), [], "and waits");
  source.resume();
  t.strictSame(blocks(await client.wait(0)), [5, 6, 7]);
});

await t.test("C6 C9 a file arrives whole with windows and blocks of any size", async (t) => {
  const bench = await TftpBench.start(new MemorySource({ file: FILE }, 333));
  let port = 2000;
  for (const windowsize of [1, 2, 3, 4, 7, 64]) {
    for (const blksize of [8, 10, 25, 41, 50, 205, 512, 1025, 1468]) {
      const received = await bench.client(port++).fetch("file", { blksize, windowsize });
      t.ok(received.equals(FILE), `${blksize} octets, ${windowsize} at once`);
    }
  }
  t.notOk(bench.events.some((event) => event.kind !== "transfer-ended" || event.retransmissions > 0));
});

for (const windowsize of [1, 8, 64]) {
  await t.test(
    `C12 block numbers go from 65535 to 0, and a file of 131100 blocks arrives whole, ${windowsize} at once`,
    async (t) => {
      const long = Buffer.alloc(131_100 * 8 + 3);
      for (let offset = 0; offset < long.length - 4; offset += 4) long.writeUInt32BE(offset * 7, offset);
      const bench = await TftpBench.start(new MemorySource({ long }));
      const digest = (octets: Buffer): string => createHash("sha256").update(octets).digest("hex");
      const received = await bench.client().fetch("long", { blksize: 8, windowsize });
      t.equal(received.length, long.length);
      t.equal(digest(received), digest(long));
      t.match(bench.events, [{ kind: "transfer-ended", octets: long.length, retransmissions: 0 }]);
    },
  );
}

await t.test("C12 D16 blocks that are lost around the wrap come again", async (t) => {
  const wide = Buffer.alloc(65_600 * 8, 7);
  const bench = await TftpBench.start(new MemorySource({ wide }));
  const client = bench.client();
  await client.request("wide", { blksize: 8, windowsize: 8, timeout: 1 });
  let last = await client.ack(0);
  const numberOf = (answer: Answer | undefined): number => (answer?.kind === "data" ? answer.block : -1);
  while (numberOf(last.at(-1)) !== 65_528) last = await client.ack(numberOf(last.at(-1)));
  const numbers = (answers: readonly Answer[]): readonly number[] => answers.map(numberOf);
  const first = [65_529, 65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 0];
  t.strictSame(numbers(await client.ack(65_528)), first);
  t.strictSame(numbers(await client.wait(1000)), first);
  t.strictSame(
    numbers([...(await client.ack(65_534)), ...(await client.wait(0))]).toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 65_535],
  );
  t.strictSame(numbers(await client.ack(65_535)).length > 0, true);
  t.strictSame(numbers(await client.ack(7)), [8, 9, 10, 11, 12, 13, 14, 15]);
});
