import t from "tap";
import { TokenBucket } from "../../lib/common/token-bucket.js";
import { ManualClock } from "../support/manual-clock.js";

/** Returns how many tokens the bucket has now. */
function takeAll(bucket: TokenBucket): number {
  return Array.from({ length: 1000 }, () => bucket.take()).filter(Boolean).length;
}

await t.test("allows a number of times at once, and as many a second after that", (t) => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(clock, 20);
  t.equal(takeAll(bucket), 20);
  clock.advance(49);
  t.equal(takeAll(bucket), 0);
  clock.advance(1);
  t.equal(takeAll(bucket), 1);
  clock.advance(500);
  t.equal(takeAll(bucket), 10);
  clock.advance(3_600_000);
  t.equal(takeAll(bucket), 20, "what was not used is not saved up");
  t.end();
});
