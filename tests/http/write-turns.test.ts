/** The order of writers where many want to write. */

import t from "tap";
import type { OpenFile } from "../../lib/files/source.js";
import { WriteTurns } from "../../lib/http/write-turns.js";
import { systemClock } from "../../lib/common/clock.js";
import { HttpBench } from "../support/http-bench.js";
import { MemorySource } from "../support/memory-source.js";

/** Turns of an event loop that a test owns. */
class Loop {
  #next: (() => void)[] = [];

  afterInput(action: () => void): void {
    this.#next.push(action);
  }

  /** @returns whether there was anything to do */
  async turn(): Promise<boolean> {
    const actions = this.#next.splice(0);
    for (const action of actions) action();
    await settled();
    return actions.length > 0;
  }
}

/** Resolves once everything that needs no turn is done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Some who write, each so often 100 octets in turns of 300; who wrote in each turn. */
async function rounds(writers: Readonly<Record<string, number>>): Promise<readonly string[]> {
  const loop = new Loop();
  const turns = new WriteTurns(loop, 300);
  let wrote = "";
  const write = async (name: string, count: number): Promise<void> => {
    for (let done = 0; done < count; done++) {
      await turns.take(100);
      wrote += name;
    }
  };
  const writing = Object.entries(writers).map(([name, count]) => write(name, count));
  const rounds: string[] = [];
  await settled();
  do {
    rounds.push(wrote);
    wrote = "";
  } while (await loop.turn());
  await Promise.all(writing);
  return rounds.filter((round) => round !== "");
}

await t.test("who writes alone uses the turn up, and goes on in the next", async (t) => {
  t.strictSame(await rounds({ a: 7 }), ["aaa", "aaa", "a"]);
});

await t.test("many write no more in a turn than one, and one after the other", async (t) => {
  t.strictSame(await rounds({ a: 3, b: 3, c: 3, d: 3 }), ["abc", "dab", "cda", "bcd"]);
});

await t.test("who begins waits for those who waited before, and not for their ends", async (t) => {
  t.strictSame(await rounds({ a: 2, b: 9, c: 1, d: 1 }), ["abc", "dab", "bbb", "bbb", "b"]);
});

await t.test("what is more than is left is written, too, and the next waits", async (t) => {
  const loop = new Loop();
  const turns = new WriteTurns(loop, 300);
  t.equal(turns.take(100), undefined);
  t.equal(turns.take(1000), undefined);
  const next = turns.take(1);
  t.ok(next instanceof Promise);
  await loop.turn();
  await next;
  t.equal(turns.take(100), undefined);
  t.ok(await loop.turn());
  t.notOk(await loop.turn(), "who does not write takes no turn");
});

await t.test("half a mebibyte leaves in a turn, however many read", async (t) => {
  const [chunk, chunks, readers] = [128 * 1024, 8, 5];
  const octets = Buffer.alloc(chunks * chunk, "0123456789abc");
  const memory = new MemorySource({ large: octets }, chunk);
  let taken = 0;
  const open = async (name: string): Promise<OpenFile> => {
    const file = await memory.open(name);
    const chunkAt = (offset: number): Buffer | Promise<Buffer> => {
      taken += chunk;
      return file.chunkAt(offset);
    };
    return { ...file, chunkAt };
  };
  const loop = new Loop();
  const clock = { ...systemClock, afterInput: loop.afterInput.bind(loop) };
  const bench = await HttpBench.start(t, { open }, undefined, { clock });
  const answers = Promise.all(Array.from({ length: readers }, () => bench.fetch("/large")));
  for (let turns = 1; taken < readers * octets.length;) {
    if (taken > turns * 512 * 1024) t.fail(`${taken} octets in ${turns} turns`);
    if (await loop.turn()) turns += 1;
  }
  t.ok((await answers).every(({ body }) => body.equals(octets)));
});
