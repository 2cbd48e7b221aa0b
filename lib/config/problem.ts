/** One thing that is wrong with a configuration, where it stands and what would be right. */
export interface Problem {
  /** Counted from 1; absent for what is missing from the file. */
  readonly line?: number | undefined;
  readonly section?: string | undefined;
  readonly option?: string | undefined;
  readonly expected: string;
  readonly got: string;
  /** What to try, for instance the nearest known name. */
  readonly hint?: string | undefined;
}

/** A configuration that cannot be used: all that is wrong with it, at once. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  /**
   * @param file the path as the user gave it
   * @param problems at least one
   */
  constructor(file: string, problems: readonly Problem[]) {
    const sorted = problems.toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity));
    super(sorted.map((problem) => formatProblem(file, problem)).join("\n"));
    this.name = "ConfigError";
    this.problems = sorted;
  }
}

/** `file:line [section] option: expected X, got Y (hint)` */
export function formatProblem(file: string, problem: Problem): string {
  const place = problem.line === undefined ? file : `${file}:${problem.line}`;
  const section = problem.section === undefined ? "" : ` [${problem.section}]`;
  const option = problem.option === undefined ? "" : ` ${problem.option}`;
  const hint = problem.hint === undefined ? "" : ` (${problem.hint})`;
  return `${place}${section}${option}: expected ${problem.expected}, got ${problem.got}${hint}`;
}
