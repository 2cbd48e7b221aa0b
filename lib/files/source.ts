/** A file that is open for reading. */
export interface OpenFile {
  /** Where its octets come from, for the log: a path, or a URL. */
  readonly origin: string;
  /** In octets; undefined where the source does not say before all is read. */
  readonly size: number | undefined;
  /**
   * Reads from `offset` on. Readers go forward; going back may cost a source a new start.
   *
   * @returns `length` octets, fewer only where the file ends
   * @throws {FileError} where the octets cannot be had (any more)
   */
  read(offset: number, length: number): Promise<Buffer>;
  /** Lets go of it; harmless when that was done. */
  close(): void;
}

/** Where files come from. */
export interface FileSource {
  /**
   * @param name as {@link normaliseName} makes it
   * @throws {FileError} where there is no such file, or it may not be had
   */
  open(name: string): Promise<OpenFile>;
}

/** `not-found`: no such file. `forbidden`: there is something, but not to be served. `unavailable`: it cannot be had now. */
export type FileErrorKind = "not-found" | "forbidden" | "unavailable";

/** Why a file is not served. The message is for the log: it may name paths that are no client's business. */
export class FileError extends Error {
  readonly kind: FileErrorKind;

  constructor(kind: FileErrorKind, message: string) {
    super(message);
    this.name = "FileError";
    this.kind = kind;
  }
}
