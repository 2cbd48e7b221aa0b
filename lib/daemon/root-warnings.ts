import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Config } from "../settings/load.js";
import { fixedLength, makeFilter, remotePart } from "../files/filters.js";
import { isClosed, PrivateFiles } from "../files/private-files.js";
import { ownPaths } from "./state-paths.js";

/** Most files and folders of a root that are checked: this is a quick look, not a full search. */
const MOST_ENTRIES = 4096;

/** Most names in one warning. */
const MOST_NAMES = 5;

/** A served folder and the services that serve it. */
interface ServedFolder {
  readonly path: string;
  readonly sections: readonly Section[];
}

type Section = "tftpd" | "httpd";

/** Files of a folder that are not served, as paths relative to it. */
interface Found {
  /** The daemon's own files, each with a description. */
  readonly own: readonly string[];
  readonly closed: readonly string[];
}

/**
 * Returns warnings about files that are below a root, or named by a filter, and are not served. Never rejects. Takes as
 * long as the file system of the root does.
 */
export async function rootWarnings(config: Config): Promise<readonly string[]> {
  const files = new PrivateFiles(ownPaths(config));
  const roots = servedFolders(config).map(async (served) => [
    ...unsetRoot(config, served),
    ...(await warningsOf(served, files)),
  ]);
  return [...(await Promise.all(roots)).flat(), ...(await filterWarnings(config, files))];
}

function servedFolders({ settings, services }: Config): readonly ServedFolder[] {
  const folders = new Map<string, Section[]>();
  for (const [runs, section] of [[services.tftp, "tftpd"] as const, [services.http, "httpd"] as const]) {
    const { root } = settings[section];
    if (!runs || root.kind !== "folder") continue;
    folders.set(root.path, [...(folders.get(root.path) ?? []), section]);
  }
  return [...folders].map(([path, sections]) => ({ path, sections }));
}

function unsetRoot({ lineOf }: Config, { path, sections }: ServedFolder): readonly string[] {
  const unset = sections.filter((section) => lineOf(section, "root") === undefined);
  if (unset.length === 0) return [];
  return [
    `${namesOf(unset)} root is not set: what else is in the configuration's folder ${path} is served; set it to a folder of boot files`,
  ];
}

async function warningsOf({ path, sections }: ServedFolder, files: PrivateFiles): Promise<readonly string[]> {
  const { own, closed } = await look(path, files);
  const place = `${namesOf(sections)} root: in ${path}`;
  return [
    ...(own.length === 0
      ? []
      : [`${place} are files that are nobody's boot files, and are not served: ${list(own)}; keep them elsewhere`]),
    ...(closed.length === 0
      ? []
      : [
          `${place} are files whose mode keeps others out, and which are not served: ${list(closed)}; chmod o+r boot files`,
        ]),
  ];
}

/** Searches a folder breadth first. Ignores what cannot be read: other checks report that. */
async function look(root: string, files: PrivateFiles): Promise<Found> {
  const own: string[] = [];
  const closed: string[] = [];
  const top = (await orNothing(realpath(root))) ?? root;
  const folders = [top];
  let left = MOST_ENTRIES;
  for (const folder of folders) {
    const entries = (await orNothing(readdir(folder, { withFileTypes: true }))) ?? [];
    for (const entry of entries.slice(0, left)) {
      left -= 1;
      const path = join(folder, entry.name);
      const isPlain = entry.isFile() || entry.isSymbolicLink();
      const status = isPlain ? await orNothing(stat(path)) : undefined;
      const what = status?.isFile() === true ? files.find(status, path) : files.findByPath(path);
      if (what !== undefined) own.push(`${relative(top, path)} (${what.what})`);
      else if (entry.isDirectory()) folders.push(path);
      else if (status?.isFile() === true && isClosed(status)) closed.push(relative(top, path));
    }
    if (left <= 0) break;
  }
  return { own, closed };
}

/** Returns warnings about filters that, without a variable, name one of the daemon's own files. */
async function filterWarnings({ settings, file }: Config, files: PrivateFiles): Promise<readonly string[]> {
  const warnings = settings.filters.map(async ({ key, value }) => {
    const { target } = makeFilter(key, value);
    if (fixedLength(target) !== undefined || remotePart(target) !== undefined) return [];
    const path = resolve(dirname(file), target);
    const [status, real] = await Promise.all([orNothing(stat(path)), orNothing(realpath(path))]);
    const what = status === undefined ? undefined : files.find(status, real ?? path);
    return what === undefined ? [] : [`[filters] ${key}: ${path} is ${what.what}, which is not served`];
  });
  return (await Promise.all(warnings)).flat();
}

function namesOf(sections: readonly string[]): string {
  return sections.map((section) => `[${section}]`).join(" and ");
}

function list(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.toSorted().slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function orNothing<T>(asking: Promise<T>): Promise<T | undefined> {
  return asking.catch(() => undefined);
}
