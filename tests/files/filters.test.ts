import t from "tap";
import { FilterList, makeFilter } from "../../lib/files/filters.js";
import { processorTime } from "../support/processor-time.js";

/** The pattern that a name is caught by. */
function caughtBy(patterns: readonly string[], name: string): string | undefined {
  return new FilterList(patterns.map((pattern) => makeFilter(pattern, "x"))).find(name)?.filter.pattern;
}

await t.test("`*` is any characters, slashes too, also none; `?` is one", (t) => {
  const cases: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
    ["pxelinux.cfg/*", "pxelinux.cfg/default", true],
    ["pxelinux.cfg/*", "pxelinux.cfg/01-52-54-00-00-00-01", true],
    ["pxelinux.cfg/*", "pxelinux.cfg/a/b/c", true],
    ["pxelinux.cfg/*", "boot/pxelinux.cfg/default", false],
    ["pxelinux.cfg/*", "pxelinux.cfg", false],
    ["pxelinux.cfg/*", "pxelinux-cfg/default", false],
    ["*/pxelinux.cfg/*", "boot/pxelinux.cfg/default", true],
    ["*", "anything/at/all", true],
    ["*", ".hidden", true],
    ["*.cfg", "a/b.cfg", true],
    ["*.cfg", ".cfg", true],
    ["grub*/x86_64-efi/*.lst", "grub/x86_64-efi/command.lst", true],
    ["grub*/x86_64-efi/*.lst", "grub2/extra/x86_64-efi/fs.lst", true],
    ["a?c", "abc", true],
    ["a?c", "a/c", true],
    ["a?c", "ac", false],
    ["a?c", "abbc", false],
    ["startup", "startup", true],
    ["startup", "startup.nsh", false],
    ["file[12]", "file2", true],
    ["file[12]", "file3", false],
  ];
  for (const [pattern, name, matches] of cases) {
    t.equal(caughtBy([pattern], name) !== undefined, matches, `${pattern} and ${name}`);
  }
  t.end();
});

await t.test("a pattern may begin like a path, have backslashes, and be in any case", (t) => {
  for (const pattern of [
    "./pxelinux.cfg/*",
    "/pxelinux.cfg/*",
    "//pxelinux.cfg/*",
    "pxelinux.cfg\\*",
    "PXELINUX.CFG/*",
  ]) {
    t.equal(caughtBy([pattern], "pxelinux.cfg/default"), pattern);
    t.equal(caughtBy([pattern], "PXELinux.cfg/DEFAULT"), pattern);
  }
  t.end();
});

await t.test("signs that other globs give a meaning have none", (t) => {
  const cases = ["!startup", "#startup", "{a,b}", "+(a)", "a(b)", "a+b", "a$", "^a", "a|b"];
  for (const pattern of cases) {
    t.equal(caughtBy([pattern], pattern), pattern, pattern);
    t.equal(caughtBy([pattern], "a"), undefined, `${pattern} and a`);
    t.equal(caughtBy([pattern], "anything"), undefined, `${pattern} and anything`);
  }
  t.end();
});

await t.test("the first pattern that matches counts", (t) => {
  const patterns = ["pxelinux.cfg/01-*", "pxelinux.cfg/*", "*"];
  t.equal(caughtBy(patterns, "pxelinux.cfg/01-52-54-00-00-00-01"), "pxelinux.cfg/01-*");
  t.equal(caughtBy(patterns, "pxelinux.cfg/default"), "pxelinux.cfg/*");
  t.equal(caughtBy(patterns, "vmlinuz"), "*");
  t.equal(caughtBy(patterns.slice(0, 2), "vmlinuz"), undefined);
  t.equal(caughtBy([], "vmlinuz"), undefined);
  t.end();
});

await t.test("a value in brackets names the file that holds the name", (t) => {
  const cases = {
    "./pxe.cfg": { target: "./pxe.cfg", indirect: false },
    "[{filename}.info]": { target: "{filename}.info", indirect: true },
    "[a]b": { target: "[a]b", indirect: false },
    "[]": { target: "[]", indirect: false },
  };
  for (const [value, expected] of Object.entries(cases)) {
    t.strictSame(makeFilter("x", value), { pattern: "x", ...expected });
  }
  t.end();
});

await t.test("D8 there is no name that takes long to look for, whatever the patterns", (t) => {
  const patterns = ["*a*a*a*a*b", "*/a*/*a/*b", "[a-b]*a?a*[!a]*b"];
  const took = processorTime(() => {
    for (const name of ["a".repeat(16_000), "/a".repeat(8000), "ab".repeat(8000) + "a"]) {
      t.equal(caughtBy(patterns, name), undefined);
    }
  });
  t.ok(took < 2000, "a regular expression takes hours");
  t.end();
});

await t.test("sets hold what they say, however they are written", (t) => {
  const cases: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
    ["x[!12]", "x3", true],
    ["x[!12]", "x1", false],
    ["x[^12]", "x3", true],
    ["[a-f]*", "BOOT", true],
    ["[a-f]*", "zero", false],
    ["a[*]b", "a*b", true],
    ["a[*]b", "axb", false],
    ["a[]]b", "a]b", true],
    ["a[", "a[", true],
    ["[]", "[]", true],
    ["[[:digit:]x]y*", "7y", true],
    ["[[:digit:]x]y", "ay", false],
    ["[!a]x", ".x", true],
    ["*[0-9]?[0-9]*", "a1b2c", true],
    ["*ab*ab*", "ab", false],
    ["ab*ab", "aab", false],
    ["ab*ab", "abab", true],
    ["é?", "É\u{1f600}", true],
  ];
  for (const [pattern, name, matches] of cases) {
    t.equal(caughtBy([pattern], name) !== undefined, matches, `${pattern} and ${name}`);
  }
  t.end();
});

await t.test("what the wildcards of a pattern stand for, in their order", (t) => {
  const cases: readonly (readonly [pattern: string, name: string, wildcards: readonly string[]])[] = [
    ["tftpboot/*", "tftpboot/a/b.cfg", ["a/b.cfg"]],
    ["/TFTPBOOT\\*", "tftpBoot/A/b.CFG", ["A/b.CFG"]],
    ["*", "a", ["a"]],
    ["*.cfg", ".cfg", [""]],
    ["x", "x", []],
    ["[ab]x*", "bx1", ["1"]],
    ["a?c", "a/c", ["/"]],
    ["?a*b?", "1a2b3", ["1", "2", "3"]],
    ["*/pxelinux.cfg/*", "a/pxelinux.cfg/b/pxelinux.cfg/c", ["a", "b/pxelinux.cfg/c"]],
    ["*a?c*d?", "xxabcyydz", ["xx", "b", "yy", "z"]],
    ["*a*a*", "aaa", ["", "", "a"]],
    ["**", "a/b", ["a/b"]],
    ["x/**/y*", "x/a/b/y1", ["a/b", "1"]],
    ["x/***", "x/a", ["a"]],
    ["é*?", "É\u{1f600}\u{1f601}", ["\u{1f600}", "\u{1f601}"]],
    ["*", "a\u0001b", ["a\u0001b"]],
  ];
  for (const [pattern, name, wildcards] of cases) {
    t.strictSame(new FilterList([makeFilter(pattern, "x")]).find(name)?.wildcards, wildcards, `${pattern} and ${name}`);
  }
  t.end();
});
