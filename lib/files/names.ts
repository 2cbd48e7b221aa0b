/**
 * Normalises a name that a client requested: replaces `\` by `/`, removes leading and repeated slashes and `.` steps,
 * and resolves `..` steps.
 *
 * @returns a relative path that stays below whatever root it is joined to; undefined for a name that would leave it,
 * contains a NUL or is empty
 */
export function normaliseName(name: string): string | undefined {
  const steps: string[] = [];
  for (const step of name.replaceAll("\\", "/").split("/")) {
    if (step === "" || step === ".") continue;
    if (step !== "..") steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  const normal = steps.join("/");
  return normal === "" || normal.includes("\0") ? undefined : normal;
}
