/**
 * Every item of the DHCP conformance list (A1 to A86: what RFC 951, 1542, 2131, 2132 and their kin, and real clients, ask
 * of a server) and of that of attacks and how to test against them (D1 to D17) has a test whose title, or an assertion whose message, names it.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";

/** tests/, seen from dist/tests/. */
const FOLDER = fileURLToPath(new URL("../../tests/", import.meta.url));

const ITEMS = [
  ...Array.from({ length: 86 }, (_, index) => `A${index + 1}`),
  ...["A37a", "A37b", "A37c", "A37d", "A42a", "A85a"],
  ...Array.from({ length: 17 }, (_, index) => `D${index + 1}`),
  "D16a",
];

/** The items that the texts of a test file name. */
function namedIn(source: string): readonly string[] {
  const texts = source.match(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g) ?? [];
  return texts.flatMap((text) => text.match(/\b[AD]\d+[a-d]?\b/g) ?? []);
}

function named(): ReadonlySet<string> {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.ts"));
  const others = files.filter((name) => name !== "conformance.test.ts");
  return new Set(others.flatMap((name) => namedIn(readFileSync(join(FOLDER, name), "utf8"))));
}

await t.test("every item has a test that names it", (t) => {
  const found = named();
  const missing = ITEMS.filter((item) => !found.has(item));
  t.strictSame(missing, [], "name them in titles of tests");
  t.end();
});
