/** A command that was not done. */
export class RedisError extends Error {
  /** The first word of what the server replied, such as `WRONGTYPE`; undefined where it replied nothing. */
  readonly code: string | undefined;

  /** @param message without secrets */
  constructor(message: string, code?: string) {
    super(message);
    this.name = "RedisError";
    this.code = code;
  }
}

/** Replies that refuse who logs in, or what that user may do. */
const REFUSALS = ["WRONGPASS", "NOAUTH", "NOPERM"];

/** Replies that say that this is not the server to ask, or not now. */
const MISPLACED = ["READONLY", "MOVED", "CLUSTERDOWN", "LOADING", "MASTERDOWN"];

/** Whether a server refused the user: to try again soon does not help, and may lock the user out. */
export function isRefusal(error: RedisError): boolean {
  return error.code !== undefined && REFUSALS.includes(error.code);
}

/** Whether to look for the right server again. */
export function isMisplaced(error: RedisError): boolean {
  return error.code !== undefined && MISPLACED.includes(error.code);
}

/** Makes the error of a reply. */
export function repliedError({ message }: Error): RedisError {
  return new RedisError(message, message.split(" ", 1)[0]);
}

/** Makes the error of a connection that ended or could not be made. */
export function connectionError(thrown: unknown, name: string): RedisError {
  if (thrown instanceof RedisError) return thrown;
  const { message, code } = thrown as { readonly message?: string; readonly code?: string };
  const text = [message, code, "it ended"].find((each) => each !== undefined && each !== "") ?? "";
  return new RedisError(text.includes(name) ? text : `${name}: ${text}`);
}
