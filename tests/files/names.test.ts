import { join } from "node:path";
import t from "tap";
import { normaliseName } from "../../lib/files/names.js";
import { SeededRandom } from "../support/random.js";

await t.test("puts the ways to write a name into one form", (t) => {
  const cases: Readonly<Record<string, string | undefined>> = {
    "pxelinux.0": "pxelinux.0",
    "/pxelinux.0": "pxelinux.0",
    "//boot///pxelinux.0": "boot/pxelinux.0",
    "./boot/./pxelinux.0": "boot/pxelinux.0",
    "boot\\x64\\wdsnbp.com": "boot/x64/wdsnbp.com",
    "\\Boot\\BCD": "Boot/BCD",
    "boot/../pxelinux.0": "pxelinux.0",
    "a/b/../../c": "c",
    "boot/": "boot",
    "..hidden": "..hidden",
    "...": "...",
    "my file %41.cfg": "my file %41.cfg",
    "": undefined,
    "/": undefined,
    ".": undefined,
    "a/..": undefined,
    "..": undefined,
    "../etc/passwd": undefined,
    "/../etc/passwd": undefined,
    "boot/../../etc/passwd": undefined,
    "..\\..\\etc\\passwd": undefined,
    "a/b/../../../c": undefined,
    "pxelinux.0\0.cfg": undefined,
  };
  for (const [asked, name] of Object.entries(cases)) t.equal(normaliseName(asked), name, JSON.stringify(asked));
  t.end();
});

await t.test("whatever is asked, the name stays below the root and is its own normal form", (t) => {
  const random = new SeededRandom(3);
  const pieces = ["..", ".", "/", "\\", "a", "b.c", "", " ", "\0", "~", "C:", "%2e%2e"];
  for (let count = 0; count < 20_000; count++) {
    const asked = Array.from({ length: 1 + random.below(9) }, () => random.of(pieces)).join(random.of(["", "/", "\\"]));
    const name = normaliseName(asked);
    if (name === undefined) continue;
    const joined = join("/root/folder", name);
    if (!joined.startsWith("/root/folder/") || normaliseName(name) !== name || name.includes("\0")) {
      t.fail(`${JSON.stringify(asked)} becomes ${JSON.stringify(name)}`);
    }
  }
  t.end();
});
