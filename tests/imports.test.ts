import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";

/** lib/, seen from dist/tests/. */
const LIB = fileURLToPath(new URL("../../lib/", import.meta.url));

/** The layers of docs/architecture.md, innermost first: a folder imports from itself and from those before it. */
const LAYERS = [
  "common",
  "net",
  "os",
  "control",
  "config",
  "options",
  "machine",
  "events",
  "observe",
  "service",
  "redis",
  "leases",
  "access",
  "inventory",
  "files",
  "boot",
  "dhcp",
  "tftp",
  "http",
  "api-dhcpd",
  "standby",
  "settings",
  "daemon",
  "simulate",
  "cli",
];

/** Of each file the files that it imports, types too, by paths below lib/. */
function importGraph(): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(LIB, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return new Map(files.map((file) => [file, importsOf(file)]));
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(LIB, file), "utf8");
  const paths = [...text.matchAll(/(?:from |import\()"(\.[^"]+)\.js"/g)].map(([, path = ""]) => path);
  return paths.map((path) => `${join(dirname(file), path)}.ts`);
}

/** A way from a file back to itself; undefined where there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const other of graph.get(file) ?? []) {
      const found = visit(other, [...way, file]);
      if (found !== undefined) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const found = visit(file, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

const graph = importGraph();
const folderOf = (file: string): string => file.split("/")[0] ?? "";

await t.test("every file of lib/ is in a folder, and every folder is a layer", (t) => {
  t.strictSame(
    [...graph.keys()].filter((file) => !LAYERS.includes(folderOf(file))),
    [],
  );
  t.end();
});

await t.test("no folder imports from an outer layer", (t) => {
  const upward = [...graph].flatMap(([file, imported]) =>
    imported
      .filter((other) => LAYERS.indexOf(folderOf(other)) > LAYERS.indexOf(folderOf(file)))
      .map((other) => `${file} imports ${other}`),
  );
  t.strictSame(upward, []);
  t.end();
});

await t.test("no file imports itself through others", (t) => {
  t.equal(circleIn(graph)?.join(" imports "), undefined);
  t.end();
});
