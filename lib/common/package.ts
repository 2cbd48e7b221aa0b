import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package: the nearest one above this file that has a package.json. */
export const packageFolder: string = findPackage(dirname(fileURLToPath(import.meta.url)));

/** Reads the version from package.json. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { version: string };
  return version;
}

/** The path of the configuration that shows every option. */
export const shippedConfiguration: string = join(packageFolder, "etc", "pybootd.ini");

/** The path of the configuration that is used when none is given. */
export const embeddedConfiguration: string = join(packageFolder, "etc", "embedded.ini");

function findPackage(folder: string): string {
  try {
    readFileSync(join(folder, "package.json"));
    return folder;
  } catch {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("this program lies outside of its package");
    return findPackage(parent);
  }
}
