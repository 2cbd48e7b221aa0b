import { readFileSync } from "node:fs";
import t from "tap";
import { CONFORMANCE_LIST, itemsOf, testsByItem, withTests } from "./table.js";

const list = readFileSync(CONFORMANCE_LIST, "utf8");
const tests = testsByItem();

await t.test("every item of docs/conformance.md has a test that names it", (t) => {
  const items = itemsOf(list);
  t.ok(items.length > 150);
  t.strictSame(
    items.filter((item) => !tests.has(item)),
    [],
    "name them in titles of tests",
  );
  t.end();
});

await t.test("the column of tests in docs/conformance.md is current", (t) => {
  t.equal(withTests(list, tests), list, "run npm run docs");
  t.end();
});
