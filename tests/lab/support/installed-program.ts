/** The program as a user installs it, on a host of its own: what the package has, and what it depends on. */

import { copyFile, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { copyPackage, PACKAGE } from "./program.js";
import type { SystemdHost } from "./systemd.js";

/** The folder where `npm install -g --install-links` puts the package. */
export const INSTALLED = "/usr/local/lib/node_modules/pybootd";

/** Installs this Node.js, the command and the unit, as docs/operations.md says. */
export async function installProgram(host: SystemdHost): Promise<void> {
  await mkdir(host.path("/usr/local/bin"));
  await mkdir(host.path(INSTALLED), { recursive: true });
  copyPackage(host.path(INSTALLED));
  await copyFile(process.execPath, host.path("/usr/local/bin/node"));
  await symlink(`${INSTALLED}/dist/bin/pybootd.js`, host.path("/usr/local/bin/pybootd"));
  await copyFile(join(PACKAGE, "etc/pybootd.service"), host.path("/etc/systemd/system/pybootd.service"));
  // npm sets these modes too, whatever they are in the source folder.
  await host.must("chmod", ["-R", "u+w,a+rX", "/usr/local"]);
  await host.must("chmod", ["a+x", `${INSTALLED}/dist/bin/pybootd.js`]);
  await host.must("systemctl", ["daemon-reload"]);
}
