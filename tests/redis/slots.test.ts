import t from "tap";
import { slotOf } from "../../lib/redis/slots.js";

await t.test("slots are those of Redis Cluster", (t) => {
  // As redis-server 7.0.15 answers to CLUSTER KEYSLOT.
  t.equal(slotOf("123456789"), 0x31c3);
  t.equal(slotOf("foo"), 12182);
  t.equal(slotOf("{foo}bar"), 12182);
  t.equal(slotOf("a{foo}{bar}"), 12182);
  t.equal(slotOf("mac:52:54:00:00:00:01"), slotOf("mac:52:54:00:00:00:01"));
  t.equal(slotOf("{}foo") === slotOf("foo"), false);
  t.end();
});
