import { symlinkSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { BootFiles } from "../../lib/files/boot-files.js";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { makeFilter } from "../../lib/files/filters.js";
import { FolderSource, LocalFiles } from "../../lib/files/folder.js";
import type { RequestFacts } from "../../lib/files/request-facts.js";
import { packageFolder } from "../../lib/common/package.js";
import { servedAs } from "../support/files.js";
import { MemorySource } from "../support/memory-source.js";

const FACTS: RequestFacts = {
  mac: "52-54-00-00-00-01",
  ip: "192.168.1.100",
  uuid: "12345678-abcd-ef00-1111-abcdefabcdef",
  arch: "7",
  file: "images/linux",
};

/** A host's files: a configuration folder, a root beside it, and what nobody may have. */
const HOST = {
  secret: "secret",
  etc: {
    "pybootd.ini": "the configuration",
    "pxe.cfg": "our menu",
    both: "in the configuration's folder",
    machines: {
      "52-54-00-00-00-01.cfg": "for one machine",
      "192.168.1.100": "for one address",
      "12345678-abcd-ef00-1111-abcdefabcdef": "for one UUID",
      "7": "for x64 UEFI",
      sub: { "x.cfg": "deeper" },
    },
    "egg.info": "\n  images/egg.bin  \nthe rest says nothing",
    "startup.info": "/images/../images/egg.bin",
    "empty.info": " \n",
    "outside.info": "../secret",
    "gone.info": "images/gone",
    "long.info": `images/${"x".repeat(2000)}`,
  },
  root: {
    "pxelinux.0": "pxelinux",
    both: "in the root",
    images: { linux: "kernel", "egg.bin": "egg" },
    "pxelinux.cfg": { default: "the root's own menu" },
    other: { "nested.cfg": "nested" },
  },
};

/** Files with the given filters, in order. */
function makeFiles(
  t: Test,
  filters: Readonly<Record<string, string>>,
): { open: (name: string, facts?: RequestFacts) => Promise<string>; folder: string } {
  const folder = t.testdir(HOST);
  const local = new LocalFiles(new ChunkCache(1 << 20));
  const files = new BootFiles(
    new FolderSource(join(folder, "root"), local),
    Object.entries(filters).map(([pattern, value]) => makeFilter(pattern, value.replace("FOLDER", folder))),
    { configuration: join(folder, "etc"), package: packageFolder },
    local,
  );
  return {
    folder,
    open: (name, facts = FACTS) => servedAs({ open: (asked) => files.open(asked, facts) }, name),
  };
}

/** Returns the content of a name with one filter. */
function serves(
  rule: string,
  cases: readonly (readonly [filter: string, asked: string, served: string])[],
): Promise<unknown> {
  return t.test(rule, async (t) => {
    for (const [filter, asked, served] of cases) {
      const [pattern = "", value = ""] = filter.split(" = ");
      t.equal(await makeFiles(t, { [pattern]: value }).open(asked), served, `${filter}: ${asked}`);
    }
  });
}

await t.test("without a filter that matches, the root's file is served, under any way to write its name", async (t) => {
  const { open } = makeFiles(t, { "pxelinux.cfg/*": "./pxe.cfg" });
  t.equal(await open("pxelinux.0"), "pxelinux");
  t.equal(await open("\\images\\linux"), "kernel");
  t.equal(await open("/./images//linux"), "kernel");
  t.equal(await open("missing"), "not-found");
});

await t.test("a name that leads out of the root is refused before any filter", async (t) => {
  const { open } = makeFiles(t, { "*": "./pxe.cfg" });
  for (const name of ["../secret", "/../secret", "..\\secret", "images/../../secret", "", ".", "a\0b"]) {
    t.equal(await open(name), "forbidden", JSON.stringify(name));
  }
});

await t.test("the first filter that matches counts", async (t) => {
  const { open } = makeFiles(t, { "pxelinux.cfg/01-*": "images/linux", "pxelinux.cfg/*": "./pxe.cfg" });
  t.equal(await open("pxelinux.cfg/01-52-54-00-00-00-01"), "kernel");
  t.equal(await open("pxelinux.cfg/default"), "our menu");
});

await serves("a value says where its path begins, or is tried in the configuration's folder and then in the root", [
  ["* = ./pxe.cfg", "x", "our menu"],
  ["* = pxe.cfg", "x", "our menu"],
  ["* = both", "x", "in the configuration's folder"],
  ["* = ./both", "x", "in the configuration's folder"],
  ["* = pxelinux.0", "x", "pxelinux"],
  ["* = images/linux", "x", "kernel"],
  ["* = ../root/pxelinux.0", "x", "pxelinux"],
  ["* = FOLDER/root/images/linux", "x", "kernel"],
  ["* = FOLDER/secret", "x", "secret"],
  ["* = ../secret", "x", "secret"],
  ["* = ./pxelinux.0", "x", "not-found"],
  ["* = ./missing", "x", "not-found"],
  ["* = missing", "x", "not-found"],
  ["* = FOLDER/missing", "x", "not-found"],
]);

await t.test("a path that begins with pybootd/ is that of a file we ship, where there is no such folder", async (t) => {
  const { open } = makeFiles(t, { "pxelinux.cfg/*": "pybootd/etc/pxe.cfg", "*": "pybootd/etc/missing" });
  t.match(await open("pxelinux.cfg/default"), /debian-installer/);
  t.equal(await open("x"), "not-found");
});

await serves("variables stand for what is known of the request", [
  ["* = ./machines/{mac}.cfg", "x", "for one machine"],
  ["* = machines/{ip}", "x", "for one address"],
  ["* = ./machines/{uuid}", "x", "for one UUID"],
  ["* = ./machines/{arch}", "x", "for x64 UEFI"],
  ["* = {file}", "x", "kernel"],
  ["*.cfg = {filename}", "pxelinux.cfg/../other/nested.cfg", "nested"],
  ["*.cfg = ./machines/{filename}", "sub/x.cfg", "deeper"],
  ["*.cfg = FOLDER/root/other/{filename}", "nested.cfg", "nested"],
  ["*.cfg = other/{filename}", "nested.cfg", "nested"],
  ["* = {filename}", "both", "in the configuration's folder"],
]);

await serves("numbers stand for what the wildcards of the pattern do", [
  ["tftpboot/* = {1}", "/tftpboot/images/linux", "kernel"],
  ["tftpboot/* = {1}", "tftpboot//both", "in the root"],
  ["tftpboot/* = ./{1}", "tftpboot/both", "in the configuration's folder"],
  ["tftpboot/* = machines/{1}", "tftpboot/sub/x.cfg", "deeper"],
  ["tftpboot/* = [{1}]", "tftpboot/egg.info", "not-found"],
  ["tftpboot/* = [./{1}]", "tftpboot/egg.info", "egg"],
  ["**/old/** = {2}", "a/b/old/images/linux", "kernel"],
  ["*/?/* = {1}{2}/{3}", "image/s/linux", "kernel"],
  ["*.?fg = ./machines/{mac}.{2}fg", "x.cfg", "for one machine"],
  ["* = FOLDER/root/{1}", "images/linux", "kernel"],
]);

await t.test(
  "what a wildcard stands for leads out of no folder, and to no file beside the configuration",
  async (t) => {
    const names = [
      "pybootd.ini",
      "../secret",
      "x/../../secret",
      "x/..\\..\\secret",
      "/secret",
      ".x./secret",
      ".x./.x./secret",
      "..",
      "etc/pybootd.ini",
      "machines/52-54-00-00-00-01.cfg",
    ];
    const patterns = {
      "*": ["{1}", "{1}{1}", "/{1}", "images/{1}", "./machines/{1}", "FOLDER/root/{1}", "http:/{1}"],
      "p*": ["p{1}", "{1}"],
      "*x*": ["{1}{2}", "./machines/{1}{2}", "{1}{2}/{1}{2}", "images/{1}{2}"],
      "**/*": ["{2}", "{1}/{2}"],
      "???????????": ["{1}{2}{3}{4}{5}{6}{7}{8}{9}{10}{11}"],
    };
    for (const [pattern, targets] of Object.entries(patterns)) {
      for (const target of targets) {
        const { open, folder } = makeFiles(t, { [pattern]: target });
        for (const name of [...names, join(folder, "secret"), join(folder, "etc/pybootd.ini")]) {
          if (target === "/{1}" && name.startsWith(folder)) continue;
          const got = await open(name);
          t.ok(/^(?:not-found|forbidden)$/.test(got), `${pattern} = ${target} with ${name}: ${got.slice(0, 40)}`);
        }
      }
    }
  },
);

await t.test("a variable that is not known here serves nothing", async (t) => {
  const { open } = makeFiles(t, { "*": "./machines/{mac}.cfg" });
  t.equal(await open("x", { ip: "192.168.1.100" }), "not-found");
  const files = makeFiles(t, { "a*": "./machines/{uuid}/{mac}" });
  t.equal(await files.open("abc", {}), "not-found");
});

await t.test("the log says which variable lacks, and for which filter", async (t) => {
  const local = new LocalFiles(new ChunkCache(0));
  const source = new FolderSource(t.testdir({}), local);
  const folders = { configuration: t.testdirName, package: packageFolder };
  const files = new BootFiles(source, [makeFilter("pxelinux.cfg/*", "./{mac}.cfg")], folders, local);
  await t.rejects(files.open("pxelinux.cfg/default", {}), {
    kind: "not-found",
    message: "the filter pxelinux.cfg/* needs {mac}, which is not known here",
  });
});

await t.test("what a variable stands for leads out of no folder", async (t) => {
  const values = ["../secret", "../../secret", "x/../../secret", "/secret", "..\\secret", "..", "a\0b", ""];
  const targets = [
    "./machines/{file}",
    "machines/{file}",
    "{file}",
    "./{file}",
    "FOLDER/etc/machines/{file}",
    "../{file}",
  ];
  for (const target of targets) {
    const { open, folder } = makeFiles(t, { "*": target });
    for (const file of [...values, join(folder, "secret")]) {
      // The folder above the configuration's is what `../{file}` means, and all below it may be had.
      if (target === "../{file}" && file === "/secret") continue;
      t.not(await open("x", { ...FACTS, file }), "secret", `${target} with ${JSON.stringify(file)}`);
    }
  }
});

await t.test("a link in a folder that a variable chooses from leads out of it no more than in the root", async (t) => {
  const { open, folder } = makeFiles(t, { "*": "./machines/{filename}" });
  symlinkSync("../../secret", join(folder, "etc/machines/link"));
  symlinkSync("sub/x.cfg", join(folder, "etc/machines/near"));
  t.equal(await open("link"), "forbidden");
  t.equal(await open("near"), "deeper");
});

await t.test("a link that the operator names is the operator's word", async (t) => {
  const { open, folder } = makeFiles(t, { x: "./link" });
  symlinkSync("../secret", join(folder, "etc/link"));
  t.equal(await open("x"), "secret");
});

await serves("in brackets, the file that is found names the one in the root to serve", [
  ["egg = [egg.info]", "egg", "egg"],
  ["egg.info = [{filename}]", "egg.info", "egg"],
  ["startup = [{filename}.info]", "startup", "egg"],
  ["startup = [./{filename}.info]", "startup", "egg"],
  ["* = [empty.info]", "x", "not-found"],
  ["* = [outside.info]", "x", "not-found"],
  ["* = [gone.info]", "x", "not-found"],
  ["* = [long.info]", "x", "not-found"],
  ["* = [missing.info]", "x", "not-found"],
]);

await t.test("a filter's value may be a URL; what a variable made of it stays below the rest", async (t) => {
  const site = new MemorySource({ "arm64/grub.efi": Buffer.from("for ARM"), fixed: Buffer.from("one file") });
  const local = new LocalFiles(new ChunkCache(1 << 20));
  const filters = [
    makeFilter("arm64/*", "http://mirror.example.org/boot/{filename}"),
    makeFilter("one", "http://mirror.example.org/boot/fixed"),
    makeFilter("escape", "http://mirror.example.org/boot/{file}"),
  ];
  const remote = new Map([["http://mirror.example.org/boot/", site]]);
  const files = new BootFiles(new MemorySource({}), filters, { configuration: "/", package: "/", remote }, local);
  const served = (name: string, facts: RequestFacts = FACTS): Promise<string> =>
    servedAs({ open: (asked) => files.open(asked, facts) }, name);
  t.equal(await served("arm64/grub.efi"), "for ARM");
  t.equal(await served("one"), "one file");
  t.match(await served("arm64/other"), /not-found/);
  t.match(await served("escape", { ...FACTS, file: "../secret" }), /forbidden/);
});
