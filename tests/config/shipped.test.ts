import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import t from "tap";
import { writeManual } from "../../lib/config/manual.js";
import { schema } from "../../lib/settings/schema.js";
import type { Schema } from "../../lib/config/spec.js";
import { packageFolder, shippedConfiguration } from "../../lib/common/package.js";
import { complaintsOf, HOST, interfaceWith, loadFile, loadText } from "../support/configuration.js";
import { ip } from "../support/values.js";

const sections = Object.entries<Schema[string]>(schema);
/** The network of README.md's first example. */
const HOME = interfaceWith("eth2", "192.168.77.1/24");
const shipped = readFileSync(shippedConfiguration, "utf8");

/** The names of the lines of a section, those that are commented out too. */
function namesIn(section: string): ReadonlySet<string> {
  const [, body = ""] = new RegExp(`^\\[${section}\\]$([^]*?)(?=^\\[|$(?![^]))`, "m").exec(shipped) ?? [];
  return new Set([...body.matchAll(/^(?:; )?(\S+) = /gm)].map((match) => match[1] ?? ""));
}

/** The names that the example of a family of sections shows. */
function namesInExample(family: string): readonly string[] {
  const [, body = ""] = new RegExp(`^; \\[${family} \\w+\\]$((?:\\n; {3}.+)+)`, "m").exec(shipped) ?? [];
  return [...body.matchAll(/^; {3}(\S+) = /gm)].map((match) => match[1] ?? "");
}

await t.test("D15 every configuration that is shipped, and each that a document shows, is one", (t) => {
  const folder = join(packageFolder, "etc");
  const own = readdirSync(folder).filter((name) => name.endsWith(".ini"));
  t.strictSame(own, ["embedded.ini", "pybootd.ini"]);
  t.ok(loadFile(join(folder, "embedded.ini")).network);
  // Some show a part, which has no pool.
  const circumstances = { interfaces: [...HOST, HOME], instead: { bootpd: { pool_start: ip("192.168.77.100") } } };
  const documents = ["README.md", ...["booting", "hosts", "ipxe", "operations"].map((name) => `docs/${name}.md`)];
  for (const name of documents) {
    const text = readFileSync(join(packageFolder, name), "utf8");
    for (const [, example = ""] of text.matchAll(/^```ini\n([^]*?)^```$/gm)) {
      t.strictSame(complaintsOf(t, example, circumstances), [], `${name}: ${example}`);
    }
  }
  t.end();
});

await t.test("the configuration we ship works with a pool", (t) => {
  const { network, services, warnings } = loadFile(shippedConfiguration, {
    instead: { bootpd: { pool_start: ip("192.168.1.245") } },
  });
  t.strictSame(network?.pool, { start: ip("192.168.1.245"), count: 10 });
  t.strictSame(services, { dhcp: true, tftp: true, http: true });
  t.strictSame(warnings, []);
  t.end();
});

await t.test("the configuration we ship asks for a pool in a network of this host", (t) => {
  t.match(complaintsOf(t, shipped), [/\[bootpd\] pool_start: expected the first address to give, got nothing/]);
  t.end();
});

await t.test("the configuration we ship shows every section and every option there is, and no other", (t) => {
  for (const [name, section] of sections) {
    const names = namesIn(name);
    if (section.kind === "family") {
      const { options, further } = section;
      const shown = namesInExample(name).filter((option) => option in options);
      const others = namesInExample(name).filter((option) => !(option in options));
      t.strictSame(shown, Object.keys(options), `[${name} NAME]`);
      for (const option of others) t.not(further?.key.parse(option, { directory: "/" }), undefined, option);
    } else if (section.kind === "options")
      t.strictSame([...names].sort(), Object.keys(section.options).sort(), `[${name}]`);
    else t.ok(names.size > 0, `[${name}] has an example`);
  }
  t.strictSame(
    [...shipped.matchAll(/^\[(.+)\]$/gm)].map((match) => match[1]),
    sections.filter(([, { kind }]) => kind !== "family").map(([name]) => name),
  );
  t.end();
});

/** The lines of a section that set something, those that are commented out too, each with the comment above it. */
function linesIn(section: string): readonly { name: string; text: string; set: boolean; comment: string }[] {
  const [, body = ""] = new RegExp(`^\\[${section}\\]$([^]*?)(?=^\\[|$(?![^]))`, "m").exec(shipped) ?? [];
  let comment = "";
  return body.split("\n").flatMap((line) => {
    const [, hidden, name, text] = /^(; )?(\S+) = (.+)$/.exec(line) ?? [];
    if (name !== undefined && text !== undefined) {
      const found = { name, text, set: hidden === undefined, comment };
      comment = "";
      return [found];
    }
    comment = line.startsWith(";") ? comment + line : "";
    return [];
  });
}

await t.test("the configuration we ship is at its defaults, or names the default where it is not", (t) => {
  const context = { directory: dirname(shippedConfiguration) };
  const others: string[] = [];
  for (const [section, spec] of sections) {
    const lines = spec.kind === "family" ? [] : linesIn(section);
    for (const { name, text, set, comment } of lines) {
      if (spec.kind === "options") {
        const { codec, fallback } = spec.options[name] ?? {};
        // An option that is commented out and has no default is an example.
        if (fallback === undefined && !set) continue;
        const usual = fallback === undefined ? undefined : codec?.parse(fallback, context);
        if (isDeepStrictEqual(codec?.parse(text, context), usual)) continue;
        others.push(`${section}.${name}`);
        t.match(comment, `(default: ${fallback ?? "not set"})`, `[${section}] ${name} = ${text}`);
      } else if (set && lines.findIndex((line) => line.set) === lines.findIndex((line) => line.name === name)) {
        others.push(section);
        t.match(comment, "(default: no lines)", `[${section}] ${name}`);
      }
    }
  }
  t.strictSame(others, [
    ...["bootpd.allow_simple_dhcp", "bootpd.dns", "bootfile"],
    ...["tftpd.root", "httpd.enable", "httpd.root", "filters"],
  ]);
  t.end();
});

await t.test("what it shows in comments is valid too", (t) => {
  // The pool and the routers of the examples are in 192.168.77.0/24, and other addresses are not for every host.
  const uncommented = shipped
    .replace(/^; ((?:[\w./*-]|\d)+ = (?!\().+)$/gm, "$1")
    .replace(/^access = .+\n/m, "")
    .replaceAll("192.168.77.", "192.168.1.");
  t.match(uncommented, /^pool_start = 192\.168\.1\.100$/m, "the comments are taken away");
  const { warnings, settings } = loadText(t, uncommented);
  t.equal(settings.mac.length, 2);
  t.equal(settings.bootpd.notify?.length, 2);
  t.match(warnings, [/\[httpd\] root: there is no folder/], "except that the folder is not beside the copy");
  t.end();
});

await t.test("every default is a value of its option", (t) => {
  for (const [name, section] of sections) {
    if (section.kind === "table") continue;
    for (const [option, { codec, fallback }] of Object.entries(section.options)) {
      if (fallback === undefined) continue;
      t.not(codec.parse(fallback, { directory: "/" }), undefined, `[${name}] ${option} = ${fallback}`);
    }
  }
  t.end();
});

await t.test("every example of a table is valid", (t) => {
  for (const [name, section] of sections) {
    if (section.kind !== "table") continue;
    const text = `[bootpd]\npool_start = 192.168.1.100\n[${name}]\n${section.example}`;
    t.strictSame(complaintsOf(t, text, { interfaces: HOST }), [], `[${name}] ${section.example}`);
  }
  t.end();
});

await t.test("every section and option says what it means, in a sentence", (t) => {
  for (const [name, section] of sections) {
    t.match(section.meaning, /^[A-Z].+\.$/, `[${name}]`);
    if (section.kind === "table") continue;
    for (const [option, { meaning }] of Object.entries(section.options)) t.match(meaning, /\S.+\.$/, option);
  }
  t.end();
});

await t.test("no name is known twice in a section, by its aliases either", (t) => {
  const all = sections.flatMap(([name, { aliases }]) => [name, ...aliases]);
  t.equal(new Set(all).size, all.length);
  for (const [name, section] of sections) {
    if (section.kind === "table") continue;
    const names = Object.entries(section.options).flatMap(([option, { aliases }]) => [option, ...aliases]);
    t.equal(new Set(names).size, names.length, `[${name}]`);
    for (const option of names) t.equal(option, option.toLowerCase(), "names are known in lower case");
  }
  t.end();
});

await t.test("the manual is that of the schema (npm run docs makes it)", (t) => {
  t.equal(readFileSync(join(packageFolder, "docs", "configuration.md"), "utf8"), writeManual(schema));
  t.end();
});
