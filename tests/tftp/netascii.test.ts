/** Netascii (RFC 764, RFC 1350): line ends as they travel. */

import t from "tap";
import { encodeNetascii } from "../../lib/tftp/block-reader.js";
import { MemorySource } from "../support/memory-source.js";
import { TftpBench } from "../support/tftp-bench.js";

const encode = (text: string): string => encodeNetascii(Buffer.from(text, "latin1")).toString("latin1");

/** Returns what a client receives of a text in blocks of `blksize` octets, read in chunks of `chunkSize`. */
async function received(text: string, blksize: number, chunkSize: number): Promise<string> {
  const bench = await TftpBench.start(new MemorySource({ text: Buffer.from(text, "latin1") }, chunkSize));
  const octets = await bench.client().fetch("text", { blksize }, { mode: "netascii" });
  return octets.toString("latin1");
}

await t.test("C23 a line ends with CR LF, and a CR that ends none has a NUL behind it", (t) => {
  t.equal(encode("one\ntwo\n"), "one\r\ntwo\r\n");
  t.equal(encode("a\rb"), "a\r\0b");
  t.equal(encode("a\r\nb"), "a\r\0\r\nb", "decoded, it is what it was");
  t.equal(encode("\n\n\r\r"), "\r\n\r\n\r\0\r\0");
  t.equal(encode(""), "");
  t.equal(encode("\0\xff\t"), "\0\xff\t", "all else travels as it is");
  t.end();
});

await t.test(
  "C23 pairs that straddle a block or a chunk arrive whole, and the last block is the short one",
  async (t) => {
    const text = "x\ry\n\n".repeat(40);
    for (const blksize of [8, 9, 10, 11, 13, 280, 281, 512]) {
      for (const chunkSize of [1, 2, 3, 7, 1000]) {
        t.equal(await received(text, blksize, chunkSize), encode(text), `blocks of ${blksize}, chunks of ${chunkSize}`);
      }
    }
  },
);

await t.test("C7 netascii is granted no tsize, since that of the file is not what travels", async (t) => {
  const bench = await TftpBench.start(new MemorySource({ text: Buffer.from("a\nb\n") }));
  const answers = await bench.client().request("text", { tsize: 0, blksize: 100 }, { mode: "NETASCII" });
  t.strictSame(answers, [{ kind: "oack", options: [["blksize", "100"]] }]);
});
