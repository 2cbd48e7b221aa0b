import type { HostEntry } from "../entry.js";

/** The result of one reading. */
export type Reading =
  /** Nothing has changed since the reading of the cursor. */
  | { readonly kind: "same" }
  /** All hosts. `cursor`: names this version to the server; undefined where it has no name. */
  | { readonly kind: "whole"; readonly entries: readonly HostEntry[]; readonly cursor: string | undefined };

/** Reads the hosts of a server, whole, each time it is asked. */
export interface RemoteReader {
  /** The name of the server for messages and origins, without credentials. */
  readonly name: string;
  /** Tells this source from others, and shows no credentials. */
  readonly identity: string;
  /**
   * Reads the hosts.
   *
   * @param cursor of the version that is known
   * @param signal ends the reading
   * @throws {ReadingError} with the reason, which holds no credentials
   */
  read(cursor: string | undefined, signal: AbortSignal): Promise<Reading>;
  close(): void | Promise<void>;
}

/** The error for a reading that failed. */
export class ReadingError extends Error {
  /** Seconds after which the server wants to be asked again (RFC 9110 10.2.3). */
  readonly retrySeconds: number | undefined;

  constructor(reason: string, retrySeconds?: number) {
    super(reason);
    this.name = "ReadingError";
    this.retrySeconds = retrySeconds;
  }
}
