import t from "tap";
import { readDocument } from "../../lib/config/dialect.js";
import { formatProblem } from "../../lib/config/problem.js";

/** Section by section, each with its entries as `option`, `value` and line. */
type Contents = Readonly<Record<string, readonly (readonly [option: string, value: string, line: number])[]>>;

function contentsOf(text: string): Contents {
  const { sections } = readDocument(text);
  return Object.fromEntries(
    sections.map(({ name, entries }) => [name, entries.map(({ option, value, line }) => [option, value, line])]),
  );
}

function complaintsAbout(text: string): readonly string[] {
  return readDocument(text).problems.map((problem) => formatProblem("FILE", problem));
}

const READINGS: Readonly<Record<string, { readonly text: string; readonly contents: Contents }>> = {
  "an empty text has no sections": { text: "", contents: {} },
  "a section may be empty": { text: "[a]\n[b]", contents: { a: [], b: [] } },
  "options keep their order and their lines": {
    text: "[a]\none = 1\n\ntwo = 2\n[b]\nthree = 3\n",
    contents: {
      a: [
        ["one", "1", 2],
        ["two", "2", 4],
      ],
      b: [["three", "3", 6]],
    },
  },
  "`=` delimits, with or without spaces": {
    text: "[a]\nx=1\ny = 2\nz\t=\t3",
    contents: {
      a: [
        ["x", "1", 2],
        ["y", "2", 3],
        ["z", "3", 4],
      ],
    },
  },
  "`:` delimits too": { text: "[a]\nx: 1", contents: { a: [["x", "1", 2]] } },
  "the first delimiter of a line counts, whichever it is": {
    text: "[a]\nlocation = http://127.0.0.1:13400/?a=b\nnotify: 10.0.0.1:12345\nurl : a=b:c",
    contents: {
      a: [
        ["location", "http://127.0.0.1:13400/?a=b", 2],
        ["notify", "10.0.0.1:12345", 3],
        ["url", "a=b:c", 4],
      ],
    },
  },
  "`;` and `#` inside a value are part of it": {
    text: "[a]\ndns = 8.8.8.8;8.8.4.4\nnote = one ; two # three",
    contents: {
      a: [
        ["dns", "8.8.8.8;8.8.4.4", 2],
        ["note", "one ; two # three", 3],
      ],
    },
  },
  "`;` and `#` at the start of a line, also an indented one, begin a comment": {
    text: "; one\n# two\n[a]\n;x = 1\n  # y = 2\nz = 3\n",
    contents: { a: [["z", "3", 6]] },
  },
  "a line that is indented deeper than its option goes on with the value": {
    text: "[a]\ndns = 8.8.8.8;\n  8.8.4.4\n\t;not this\n   1.1.1.1\nx = 1",
    contents: {
      a: [
        ["dns", "8.8.8.8;\n8.8.4.4\n1.1.1.1", 2],
        ["x", "1", 6],
      ],
    },
  },
  "a value may begin on the line after its option": {
    text: "[a]\nx =\n  1",
    contents: { a: [["x", "\n1", 2]] },
  },
  "options that are indented alike are options": {
    text: "[a]\n  x = 1\n  y = 2\n",
    contents: {
      a: [
        ["x", "1", 2],
        ["y", "2", 3],
      ],
    },
  },
  "what looks like an option or a section goes on with a value when it is indented deeper": {
    text: "[a]\nx = 1\n  y = 2\n  [b]",
    contents: { a: [["x", "1\ny = 2\n[b]", 2]] },
  },
  "empty lines at the end of a value are not part of it": {
    text: "[a]\nx = 1\n\n  \ny = 2",
    contents: {
      a: [
        ["x", "1", 2],
        ["y", "2", 5],
      ],
    },
  },
  "a value may be empty": { text: "[a]\nx =", contents: { a: [["x", "", 2]] } },
  "a MAC address with dashes is an option, with a mask too": {
    text: "[mac]\n00-1E-4F-C4-95-EE = enable\n1C-69-7A/24 : yes",
    contents: {
      mac: [
        ["00-1E-4F-C4-95-EE", "enable", 2],
        ["1C-69-7A/24", "yes", 3],
      ],
    },
  },
  "a MAC address with colons is one option, with a mask and misspelt too": {
    text: [
      "[mac]",
      "00:1E:4F:C4:95:EE = enable",
      "00:1e:4f:c4:95:ef: disable",
      "00:1e:4f:c4:95:f0 : disable",
      "52:54/16=enable",
      "52:54:00 = enable",
      "52:54:0:0:0:1 = enable",
      "52:54:00:00:00:0g = enable",
    ].join("\n"),
    contents: {
      mac: [
        ["00:1E:4F:C4:95:EE", "enable", 2],
        ["00:1e:4f:c4:95:ef", "disable", 3],
        ["00:1e:4f:c4:95:f0", "disable", 4],
        ["52:54/16", "enable", 5],
        ["52:54:00", "enable", 6],
        ["52:54:0:0:0:1", "enable", 7],
        ["52:54:00:00:00:0g", "enable", 8],
      ],
    },
  },
  "an option of two digits with a colon behind it is no MAC address": {
    text: "[option]\n61:00:11:22:33:44:55\n60:be:ef\n43: a = b\n07:a.efi",
    contents: {
      option: [
        ["61", "00:11:22:33:44:55", 2],
        ["60", "be:ef", 3],
        ["43", "a = b", 4],
        ["07", "a.efi", 5],
      ],
    },
  },
  "an option may hold spaces, slashes, dots and stars": {
    text: "[filters]\npxelinux.cfg/* = a b\nMy File = c",
    contents: {
      filters: [
        ["pxelinux.cfg/*", "a b", 2],
        ["My File", "c", 3],
      ],
    },
  },
  "a byte order mark is none of the text": { text: "\uFEFF[a]\nx = 1", contents: { a: [["x", "1", 2]] } },
  "lines end with LF, CR LF or CR": {
    text: "[a]\r\nx = 1\r\n  2\r\n\r\ny = 3\rz = 4\n",
    contents: {
      a: [
        ["x", "1\n2", 2],
        ["y", "3", 5],
        ["z", "4", 6],
      ],
    },
  },
  "text behind a section's bracket says nothing": { text: "[a] ; the first\nx = 1", contents: { a: [["x", "1", 2]] } },
};

for (const [rule, { text, contents }] of Object.entries(READINGS)) {
  await t.test(rule, (t) => {
    t.strictSame(contentsOf(text), contents);
    t.strictSame(complaintsAbout(text), []);
    t.end();
  });
}

const COMPLAINTS: Readonly<Record<string, { readonly text: string; readonly complaints: readonly string[] }>> = {
  "a line without a delimiter is quoted": {
    text: "[a]\nlease_time 24h\nx = 1",
    complaints: ['FILE:2 [a]: expected `option = value`, got "lease_time 24h"'],
  },
  "a delimiter without an option is quoted": {
    text: "[a]\n = 1",
    complaints: ['FILE:2 [a]: expected `option = value`, got "= 1"'],
  },
  "a section without its closing bracket is quoted": {
    text: "[a]\n[bootpd",
    complaints: ['FILE:2 [a]: expected `option = value`, got "[bootpd"'],
  },
  "an option needs a section before it": {
    text: "x = 1\n[a]",
    complaints: ['FILE:1 x: expected a [section] before the first option, got "x = 1"'],
  },
  "an option stands once in a section, in whatever case": {
    text: "[a]\nDomain = x\ny = 1\ndomain = z\n[b]\ndomain = w",
    complaints: ["FILE:4 [a] domain: expected each option once in a section, got the first is at line 2"],
  },
  "an option with two values stands twice": {
    text: "[a]\nx = 1\n  2\nx = 1\ny = 1\ny =\n  1",
    complaints: [
      "FILE:4 [a] x: expected each option once in a section, got the first is at line 2",
      "FILE:6 [a] y: expected each option once in a section, got the first is at line 5",
    ],
  },
  "a section stands once": {
    text: "[a]\n[b]\n[a]",
    complaints: ["FILE:3 [a]: expected each section once, got the first is at line 1"],
  },
  "everything that is wrong is told at once": {
    text: "x\n[a]\ny\nz = 1\nz = 2",
    complaints: [
      'FILE:1: expected `option = value`, got "x"',
      'FILE:3 [a]: expected `option = value`, got "y"',
      "FILE:5 [a] z: expected each option once in a section, got the first is at line 4",
    ],
  },
};

for (const [rule, { text, complaints }] of Object.entries(COMPLAINTS)) {
  await t.test(rule, (t) => {
    t.strictSame(complaintsAbout(text), complaints);
    t.end();
  });
}

await t.test("an option that is there twice with the same value is there once, with a warning", (t) => {
  const text = "[a]\nBoot_File = a.0\nx = 1\n  2\nboot_file=a.0\nx: 1\n  2\n\n[b]\nx = 3";
  t.strictSame(contentsOf(text), {
    a: [
      ["Boot_File", "a.0", 2],
      ["x", "1\n2", 3],
    ],
    b: [["x", "3", 10]],
  });
  const { problems, warnings } = readDocument(text);
  t.strictSame(problems, []);
  t.strictSame(warnings, [
    "[a] boot_file: it is there twice, at lines 2 and 5",
    "[a] x: it is there twice, at lines 3 and 6",
  ]);
  t.end();
});
