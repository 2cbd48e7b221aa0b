/**
 * Puts a name that a client asked into one form: `\` is `/`, repeated slashes and `.` steps vanish, no leading slash,
 * `..` steps are taken.
 *
 * @returns a relative path that stays below its root whatever it is joined to; undefined for a name that would leave
 * it, holds a NUL or names nothing
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
