import t from "tap";
import { nearestName } from "../../lib/common/nearest.js";
import { schema } from "../../lib/settings/schema.js";

const BOOTPD = Object.keys(schema.bootpd.options);

await t.test("a misspelt option means the one that is written most like it", (t) => {
  const cases = {
    pool_strat: "pool_start",
    poolstart: "pool_start",
    "pool-start": "pool_start",
    POOL_STAR: "pool_start",
    lease: undefined,
    leasetime: "lease_time",
    gatway: "gateway",
    acess: "access",
    dsn: "dns",
    simple_dhcp: undefined,
    allow_simpel_dhcp: "allow_simple_dhcp",
    server_names: "servername",
  };
  for (const [name, expected] of Object.entries(cases)) t.equal(nearestName(name, BOOTPD), expected, name);
  t.end();
});

await t.test("a name that is like no other means none", (t) => {
  for (const name of ["frobnicate", "xyzzy", "certificate"]) t.equal(nearestName(name, BOOTPD), undefined, name);
  t.equal(nearestName("anything", []), undefined, "where nothing is known");
  t.end();
});

await t.test("of names that are equally near the first counts", (t) => {
  t.equal(nearestName("ab", ["abx", "aby"]), "abx");
  t.equal(nearestName("abx", ["abxy", "abx"]), "abx", "a name itself is the nearest");
  t.end();
});
