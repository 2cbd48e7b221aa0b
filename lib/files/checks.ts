import { statSync } from "node:fs";
import type { Problem } from "../config/problem.js";
import type { Root } from "../config/values.js";
import type { FileSections } from "./sections.js";
import { unknownVariables, VARIABLES, wildcardsIn } from "./template.js";

/** Checks that the values of `[filters]` have known variables, and URLs a fixed host. */
export function checkFilters({ filters }: Pick<FileSections, "filters">): readonly Problem[] {
  const names = VARIABLES.map((name) => `{${name}}`).join(", ");
  return filters.flatMap(({ key, value, line }) => {
    const place = { line, section: "filters", option: key };
    const wildcards = wildcardsIn(key);
    const unknown = unknownVariables(value, wildcards).map((name) => {
      const allowed = wildcards > 0 && /^[0-9]+$/.test(name) ? numbersUpTo(wildcards) : names;
      return { ...place, expected: `no other variables than ${allowed}`, got: `{${name}}` };
    });
    if (!isBadUrl(value)) return unknown;
    const example = "a URL whose host no variable makes, such as http://mirror.example.org/boot/{filename}";
    return [...unknown, { ...place, expected: example, got: value }];
  });
}

function numbersUpTo(wildcards: number): string {
  const numbers = wildcards > 1 ? `{1} to {${wildcards}}` : "{1}";
  return `${numbers} for the wildcards of the name`;
}

function isBadUrl(value: string): boolean {
  const [, host] = /^\[?https?:\/\/([^/]*)/i.exec(value) ?? [];
  return host !== undefined && (host.includes("{") || !URL.canParse(`http://${host}/`));
}

/** Returns a warning where the folder that a service serves does not exist. */
export function rootWarning(section: string, root: Root): readonly string[] {
  if (root.kind !== "folder" || !isMissing(root.path, "folder")) return [];
  return [`[${section}] root: there is no folder ${root.path}; every request will be answered "not found"`];
}

/** Whether a path does not exist, or is not a folder where `kind` asks for one. False where this user cannot tell. */
export function isMissing(path: string, kind?: "folder"): boolean {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    return status === undefined || (kind === "folder" && !status.isDirectory());
  } catch {
    return false;
  }
}
