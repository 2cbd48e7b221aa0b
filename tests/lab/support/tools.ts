/** Finds out whether this machine has the tools that a lab test needs. */

import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { controlGroups } from "./control-group.js";
import { packagesOf } from "./packages.js";
import { labEnvironment } from "./process.js";

function exists(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Those of the given commands (found in PATH or the sbin folders) and files (with a leading slash) that are not here. */
export function missingTools(commandsOrFiles: readonly string[]): readonly string[] {
  const folders = (labEnvironment()["PATH"] ?? "").split(":").filter((folder) => folder !== "");
  return commandsOrFiles.filter((tool) =>
    tool.startsWith("/")
      ? !exists(tool, constants.F_OK)
      : !folders.some((folder) => exists(join(folder, tool), constants.X_OK)),
  );
}

/** Whether this process may make network namespaces; root in a container often may not. */
export function mayMakeNamespaces(): boolean {
  return process.getuid?.() === 0 && spawnSync("unshare", ["--net", "true"], { env: labEnvironment() }).status === 0;
}

/** The needs of a test. */
interface Needs {
  readonly root?: boolean;
  /** Commands, and files with a leading slash. */
  readonly tools?: readonly string[];
  readonly controlGroups?: boolean;
}

/**
 * Why a test cannot run here, in one line, or undefined when it can. Throws that line instead where the
 * environment variable CI is set: there nothing may be skipped.
 */
export function skipReason(needs: Needs): string | undefined {
  const reasons: string[] = [];
  if (needs.root === true && !mayMakeNamespaces()) reasons.push("needs root, and the right to make network namespaces");
  if (needs.controlGroups === true && controlGroups() === undefined)
    reasons.push("needs a mounted cgroup2 file system that it may write to");
  const missing = missingTools(needs.tools ?? []);
  if (missing.length > 0)
    reasons.push(`needs ${missing.join(", ")} (apt-get install ${packagesOf(missing).join(" ")})`);
  if (reasons.length === 0) return undefined;
  const reason = reasons.join("; ");
  if ((process.env["CI"] ?? "") !== "") throw new Error(`nothing may be skipped in CI, but this ${reason}`);
  return reason;
}
