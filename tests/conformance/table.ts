import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package, seen from dist/tests/conformance. */
const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));
const TESTS = join(PACKAGE, "tests");

export const CONFORMANCE_LIST = join(PACKAGE, "docs", "conformance.md");

/** More files than this say no more to a reader who looks for the test of an item. */
const MOST_FILES = 3;

/** A row of the list: `| A38 | rule | source | tests |`. */
const ROW = /^\| ([ABCD]\d+[a-d]?) \|(.*)\|([^|]*)\|$/;

/** The test files that name each item in a title or a message, by paths below tests/, in the order of their names. */
export function testsByItem(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const files = readdirSync(TESTS, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.ts"));
  for (const file of files.sort()) {
    for (const item of namedIn(readFileSync(join(TESTS, file), "utf8"))) {
      found.set(item, [...(found.get(item) ?? []), file]);
    }
  }
  return found;
}

/** The list with its last column made anew: the files that name the item, the one that names it first in front. */
export function withTests(list: string, tests: ReadonlyMap<string, readonly string[]>): string {
  const lines = list.split("\n").map((line) => {
    const [, item = "", rest = ""] = ROW.exec(line) ?? [];
    if (item === "") return line;
    const files = (tests.get(item) ?? []).slice(0, MOST_FILES).map((file) => file.replace(/\.test\.ts$/, ""));
    return `| ${item} |${rest}| ${files.join(", ")} |`;
  });
  return lines.join("\n");
}

/** The items of the list, in its order. */
export function itemsOf(list: string): readonly string[] {
  return list.split("\n").flatMap((line) => ROW.exec(line)?.[1] ?? []);
}

function namedIn(source: string): ReadonlySet<string> {
  const texts = source.match(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g) ?? [];
  return new Set(texts.flatMap((text) => text.match(/\b[ABCD]\d+[a-d]?\b/g) ?? []));
}
