/** A problem in a configuration: where it is, and what would be right. */
export interface Problem {
  /** The line, counted from 1; absent where something is missing from the file. */
  readonly line?: number | undefined;
  readonly section?: string | undefined;
  readonly option?: string | undefined;
  readonly expected: string;
  readonly got: string;
  /** A suggestion, for instance the nearest known name. */
  readonly hint?: string | undefined;
}

/** The error for a configuration that cannot be used, with all its problems at once. */
export class ConfigError extends Error {
  /** Those of the file itself. */
  readonly problems: readonly Problem[];

  /**
   * @param file the path as the user gave it
   * @param problems at least one
   * @param others the errors of other files that belong to the configuration
   */
  constructor(file: string, problems: readonly Problem[], others: readonly ConfigError[] = []) {
    const sorted = problems.toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity));
    const lines = sorted.map((problem) => formatProblem(file, problem));
    super([...lines, ...others.map(({ message }) => message)].join("\n"));
    this.name = "ConfigError";
    this.problems = sorted;
  }
}

/** Formats a problem as `file:line [section] option: expected X, got Y (hint)`. */
export function formatProblem(file: string, problem: Problem): string {
  const place = problem.line === undefined ? file : `${file}:${problem.line}`;
  const section = problem.section === undefined ? "" : ` [${problem.section}]`;
  const option = problem.option === undefined ? "" : ` ${problem.option}`;
  const hint = problem.hint === undefined ? "" : ` (${problem.hint})`;
  return `${place}${section}${option}: expected ${problem.expected}, got ${problem.got}${hint}`;
}
