import { readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { Config } from "../config/load.js";
import { fixedLength, makeFilter, remotePart } from "../files/filters.js";
import { isClosed, PrivateFiles } from "../files/private-files.js";
import { ownPaths } from "./state-paths.js";

/** How many files and folders of a root are looked at: this is a look over it, not a search. */
const MOST_ENTRIES = 4096;

/** How many are named in one line. */
const MOST_NAMES = 5;

/** A folder that is served, by which services. */
interface ServedFolder {
  readonly path: string;
  readonly sections: readonly Section[];
}

type Section = "tftpd" | "httpd";

/** What of a folder is not served, each as its path below it. */
interface Found {
  /** With what it is. */
  readonly own: readonly string[];
  readonly closed: readonly string[];
}

/** What is below a root, or named by a filter, that is nobody's boot file: a sentence each. */
export function rootWarnings(config: Config): readonly string[] {
  const files = new PrivateFiles(ownPaths(config));
  return [
    ...servedFolders(config).flatMap((served) => [...unsetRoot(config, served), ...warningsOf(served, files)]),
    ...filterWarnings(config, files),
  ];
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

function warningsOf({ path, sections }: ServedFolder, files: PrivateFiles): readonly string[] {
  const { own, closed } = look(path, files);
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

/** Looks over a folder, what is near its top first. What cannot be read is another matter. */
function look(root: string, files: PrivateFiles): Found {
  const own: string[] = [];
  const closed: string[] = [];
  const folders = [orNothing(() => realpathSync(root), root)];
  let left = MOST_ENTRIES;
  for (const folder of folders) {
    const entries = orNothing(() => readdirSync(folder, { withFileTypes: true }), []);
    for (const entry of entries.slice(0, left)) {
      left -= 1;
      const path = join(folder, entry.name);
      const what = files.findByPath(path);
      if (what !== undefined) own.push(`${relative(folders[0] ?? root, path)} (${what.what})`);
      else if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() || entry.isSymbolicLink()) {
        const status = orNothing(() => statSync(path, { throwIfNoEntry: false }), undefined);
        if (status?.isFile() !== true) continue;
        const file = files.find(status, path);
        const name = relative(folders[0] ?? root, path);
        if (file !== undefined) own.push(`${name} (${file.what})`);
        else if (isClosed(status)) closed.push(name);
      }
    }
    if (left <= 0) break;
  }
  return { own, closed };
}

/** Filters whose value, without a variable, is a path of the daemon's own. */
function filterWarnings({ settings, file }: Config, files: PrivateFiles): readonly string[] {
  return settings.filters.flatMap(({ key, value }) => {
    const { target } = makeFilter(key, value);
    const fixed = fixedLength(target);
    if (fixed !== undefined || remotePart(target, fixed) !== undefined) return [];
    const path = isAbsolute(target) ? target : resolve(dirname(file), target);
    const status = orNothing(() => statSync(path, { throwIfNoEntry: false }), undefined);
    const what =
      status === undefined
        ? undefined
        : files.find(
            status,
            orNothing(() => realpathSync(path), path),
          );
    return what === undefined ? [] : [`[filters] ${key}: ${path} is ${what.what}, which is not served`];
  });
}

function namesOf(sections: readonly string[]): string {
  return sections.map((section) => `[${section}]`).join(" and ");
}

function list(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.toSorted().slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function orNothing<T>(look: () => T, nothing: T): T {
  try {
    return look();
  } catch {
    return nothing;
  }
}
