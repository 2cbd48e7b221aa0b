/** What tells one version of a file from another. */
export interface Validators {
  /** As an HTTP server sent it, quotes and all. */
  readonly etag: string | undefined;
  /** In milliseconds since 1970. */
  readonly modified: number | undefined;
}

/** A file that is open for reading: one version of it, whatever happens to it meanwhile. */
export interface OpenFile {
  /** Where its octets come from, for the log: a path, or a URL. */
  readonly origin: string;
  /** In octets; undefined where the source does not say before all is read. */
  readonly size: number | undefined;
  readonly validators: Validators;
  /**
   * The octets from `offset` on that are at hand together: at least one, none only at the end of the file. At once
   * where they are in memory.
   *
   * @throws {FileError} (in time, or as a rejection) where the octets cannot be had any more
   */
  chunkAt(offset: number): Buffer | Promise<Buffer>;
  /** Lets go of it; harmless when that was done. */
  close(): void;
}

/** Where files come from. */
export interface FileSource {
  /**
   * @param name as `normaliseName` makes it
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

/** Reads up to `length` octets of a file from its start. @throws {FileError} as reading does */
export async function readStart(file: OpenFile, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let offset = 0; offset < length;) {
    const chunk = await file.chunkAt(offset);
    if (chunk.length === 0) break;
    parts.push(chunk);
    offset += chunk.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}
