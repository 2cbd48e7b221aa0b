/** A reader of what strangers send, or of what an operator writes. */
export interface Target {
  readonly name: string;
  /** Inputs that are right, or nearly. */
  readonly seeds: readonly Buffer[];
  /** Octets with a meaning for the target. */
  readonly dictionary: readonly Buffer[];
  /**
   * Reads one input and checks what comes of it.
   *
   * @throws where that is not what it should be; what it throws of an input that is merely wrong stays inside
   */
  run(input: Buffer): void;
}

/** Runs what may throw one kind of error, which is then as good as a result: undefined. */
export function allowing<T>(kind: abstract new (...args: never[]) => Error, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof kind) return undefined;
    throw error;
  }
}

/** Texts as a dictionary. */
export function words(...texts: readonly string[]): readonly Buffer[] {
  return texts.map((text) => Buffer.from(text, "latin1"));
}
