import t from "tap";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { SeededRandom } from "../support/random.js";

const [ALPHA, BETA] = [{}, {}] as const;

function octets(length: number): Buffer {
  return Buffer.alloc(length);
}

await t.test("keeps chunks by owner and index", (t) => {
  const cache = new ChunkCache(100);
  const [first, second] = [octets(10), octets(20)];
  cache.set(ALPHA, 0, first);
  cache.set(BETA, 0, second);
  t.equal(cache.get(ALPHA, 0), first);
  t.equal(cache.get(BETA, 0), second);
  t.equal(cache.get(ALPHA, 1), undefined);
  t.equal(cache.held, 30);
  t.end();
});

await t.test("what nobody asked for longest goes first when there is more than its bound", (t) => {
  const cache = new ChunkCache(30);
  for (const index of [0, 1, 2]) cache.set(ALPHA, index, octets(10));
  cache.get(ALPHA, 0);
  cache.set(BETA, 0, octets(10));
  const kept = [0, 1, 2].filter((index) => cache.get(ALPHA, index) !== undefined);
  t.strictSame(kept, [0, 2]);
  t.equal(cache.held, 30);
  t.end();
});

await t.test("a chunk that is put again counts once", (t) => {
  const cache = new ChunkCache(30);
  cache.set(ALPHA, 0, octets(20));
  cache.set(ALPHA, 0, octets(5));
  t.equal(cache.held, 5);
  t.equal(cache.get(ALPHA, 0)?.length, 5);
  t.end();
});

await t.test("what is larger than the bound is not kept", (t) => {
  for (const capacity of [0, 9]) {
    const cache = new ChunkCache(capacity);
    cache.set(ALPHA, 0, octets(10));
    t.equal(cache.get(ALPHA, 0), undefined);
    t.equal(cache.held, 0);
  }
  t.end();
});

await t.test("never holds more than its bound, and knows how much it holds", (t) => {
  const random = new SeededRandom(8);
  const owners = Array.from({ length: 5 }, () => ({}));
  const cache = new ChunkCache(1000);
  for (let step = 0; step < 20_000; step++) {
    const owner = random.of(owners);
    const index = random.below(20);
    if (random.below(2) === 0) cache.get(owner, index);
    else cache.set(owner, index, octets(random.below(200)));
    const held = owners.flatMap((one) => Array.from({ length: 20 }, (_, at) => [one, at] as const));
    if (step % 500 !== 0) continue;
    const sum = held.reduce((total, [one, at]) => total + (cache.get(one, at)?.length ?? 0), 0);
    if (cache.held > 1000 || cache.held !== sum) t.fail(`step ${step}: it says ${cache.held} and holds ${sum}`);
  }
  t.end();
});
