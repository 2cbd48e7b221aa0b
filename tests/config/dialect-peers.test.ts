import { readFileSync } from "node:fs";
import { parse } from "ini";
import t from "tap";
import { readDocument } from "../../lib/config/dialect.js";
import { fixturePath } from "../support/pcap.js";
import { SeededRandom } from "../support/random.js";

/** The sections of a text in order, each with its options, in lower case, and their values. */
type Outline = readonly (readonly [section: string, options: readonly (readonly [name: string, value: string])[]])[];

/** @returns null where the text is refused */
function outlineOf(text: string): Outline | null {
  const { sections, problems } = readDocument(text);
  if (problems.length > 0) return null;
  return sections.map(({ name, entries }) => [
    name,
    entries.map(({ option, value }) => [option.toLowerCase(), value] as const),
  ]);
}

await t.test("agrees with Python's configparser, also on what to refuse", (t) => {
  const cases = JSON.parse(readFileSync(fixturePath("dialect/configparser.json"), "utf8")) as readonly {
    readonly text: string;
    readonly sections: Outline | null;
  }[];
  for (const { text, sections } of cases) t.strictSame(outlineOf(text), sections, JSON.stringify(text));
  t.ok(cases.length >= 250, "there are many cases");
  t.end();
});

/** A text of what both dialects share: `=`, comments and empty lines, no sign that one of them gives a meaning. */
function makeSharedText(random: SeededRandom): string {
  const names = ["bootpd", "mac", "tftpd", "my section", "X"];
  const options = ["pool_start", "domain", "00-1e-4f-c4-95-ee", "pxelinux.cfg/*", "a b", "z"];
  const values = ["", "192.168.1.100", "a b  c", "http://127.0.0.1:80/?a=b", "1:2", "./x/*.cfg", "é", "007", "-"];
  const spaces = ["", " ", "  ", "\t"];
  const between = ["", "\n", "; x = 1\n", "# [y]\n", "  ; indented\n", " \n"];
  const lines: string[] = [];
  for (const name of names.filter(() => random.below(3) > 0)) {
    lines.push(`${random.of(between)}[${name}]\n`);
    for (const option of options.filter(() => random.below(2) > 0)) {
      const entry = `${option}${random.of(spaces)}=${random.of(spaces)}${random.of(values)}${random.of(spaces)}`;
      lines.push(`${random.of(between)}${entry}\n`);
    }
  }
  return lines.join("");
}

await t.test("agrees with the npm package ini on what both dialects share", (t) => {
  const random = new SeededRandom(1);
  for (let count = 0; count < 1000; count++) {
    const text = makeSharedText(random);
    const ours = Object.fromEntries(
      readDocument(text).sections.map(({ name, entries }) => [
        name,
        Object.fromEntries(entries.map(({ option, value }) => [option, value])),
      ]),
    );
    // The package ini returns objects without prototypes, and nests sections at dots (there are none).
    const theirs: unknown = JSON.parse(JSON.stringify(parse(text)));
    if (!t.strictSame(ours, theirs, `text ${count}: ${JSON.stringify(text)}`)) break;
  }
  t.end();
});
