/** The answer "no", with its cause. */
export class Refusal<Cause> {
  readonly cause: Cause;

  constructor(cause: Cause) {
    this.cause = cause;
  }
}
