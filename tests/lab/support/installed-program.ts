/** The program as a user installs it, on a host of its own: what the package has, and what it depends on. */

import { readFileSync } from "node:fs";
import { copyFile, cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SystemdHost } from "./systemd.js";

const PACKAGE = fileURLToPath(new URL("../../../..", import.meta.url));

/** Where `npm install -g --install-links` puts the package. */
export const INSTALLED = "/usr/local/lib/node_modules/pybootd";

const readJson = (file: string): unknown => JSON.parse(readFileSync(join(PACKAGE, file), "utf8"));

/** The folders of the packages that it takes to run, which npm put in node_modules. */
function dependencies(): readonly string[] {
  const { packages } = readJson("node_modules/.package-lock.json") as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  const taken = Object.keys(packages).filter((folder) => packages[folder]?.dev !== true);
  // What is in the node_modules of another goes with that one.
  return taken.filter((folder) => folder.lastIndexOf("node_modules/") === 0);
}

/** Installs this Node.js, the command and the unit, as docs/operations.md says. */
export async function installProgram(host: SystemdHost): Promise<void> {
  const { files } = readJson("package.json") as { files: readonly string[] };
  await mkdir(host.path("/usr/local/bin"));
  await mkdir(host.path(INSTALLED), { recursive: true });
  for (const name of ["package.json", ...files, ...dependencies()]) {
    await cp(join(PACKAGE, name), join(host.path(INSTALLED), name), { recursive: true });
  }
  await copyFile(process.execPath, host.path("/usr/local/bin/node"));
  await symlink(`${INSTALLED}/dist/bin/pybootd.js`, host.path("/usr/local/bin/pybootd"));
  await copyFile(join(PACKAGE, "etc/pybootd.service"), host.path("/etc/systemd/system/pybootd.service"));
  // As npm does, whatever they are in the folder that they come from.
  await host.must("chmod", ["-R", "u+w,a+rX", "/usr/local"]);
  await host.must("chmod", ["a+x", `${INSTALLED}/dist/bin/pybootd.js`]);
  await host.must("systemctl", ["daemon-reload"]);
}
