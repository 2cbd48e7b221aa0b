/** What the process ends with. */
export const ExitCode = { ok: 0, error: 1, usage: 2 } as const;

/** The texts of a process: what it prints, and where. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** A command line that cannot be understood, in words for who wrote it. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** Why a command could not do what was asked, in words for who asked. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CommandError";
  }
}
