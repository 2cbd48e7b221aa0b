import t from "tap";
import { counted } from "../../lib/common/counted.js";

await t.test("one is told from none and from many", (t) => {
  t.equal(counted(0, "lease"), "0 leases");
  t.equal(counted(1, "lease"), "1 lease");
  t.equal(counted(2, "lease"), "2 leases");
  t.equal(counted(1, "address", "addresses"), "1 address");
  t.equal(counted(12, "address", "addresses"), "12 addresses");
  t.end();
});
