/**
 * The program under test, where every user may read it, since its daemon becomes another one: where it stands, or a copy
 * where that is below a folder such as root's own.
 */

import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { everybodyMayRead } from "../../support/everybody.js";
import { PREFIX } from "./lab.js";

const STANDS = fileURLToPath(new URL("../../../..", import.meta.url));

const readJson = (file: string): unknown => JSON.parse(readFileSync(join(STANDS, file), "utf8"));

/** Returns the names in an installation: those of the package, and the folders of the packages that it needs. */
function installedNames(): readonly string[] {
  const { files } = readJson("package.json") as { files: readonly string[] };
  const { packages } = readJson("node_modules/.package-lock.json") as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  const taken = Object.keys(packages).filter((folder) => packages[folder]?.dev !== true);
  // The node_modules of another package are copied with that package.
  return ["package.json", ...files, ...taken.filter((folder) => folder.lastIndexOf("node_modules/") === 0)];
}

/** Copies what an installation has to a folder. */
export function copyPackage(folder: string): void {
  for (const name of installedNames()) cpSync(join(STANDS, name), join(folder, name), { recursive: true });
}

/** A folder that every user may enter, until this process ends. */
function publicFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  chmodSync(folder, 0o755);
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

function readablePackage(): string {
  // The lab is root's; who is not skips it.
  if (process.getuid?.() !== 0 || everybodyMayRead(join(STANDS, "package.json"))) return STANDS;
  const folder = publicFolder();
  copyPackage(folder);
  // The folder may be readable by root alone.
  spawnSync("chmod", ["-R", "a+rX", folder]);
  return folder;
}

function readableNode(): string {
  if (process.getuid?.() !== 0 || everybodyMayRead(process.execPath)) return process.execPath;
  const node = join(publicFolder(), "node");
  copyFileSync(process.execPath, node);
  return node;
}

/** The folder of the package. */
export const PACKAGE = readablePackage();
/** The path of the command `pybootd`. */
export const PROGRAM = join(PACKAGE, "dist/bin/pybootd.js");
/** This Node.js. */
export const NODE = readableNode();
