import { describeCause } from "../events/causes/describe.js";
import { FILE_KINDS, type FileCause, type FileErrorKind } from "../events/causes/files.js";

/** Validators that distinguish the versions of a file. */
export interface Validators {
  /** The entity tag as an HTTP server sent it, with its quotes. */
  readonly etag: string | undefined;
  /** In milliseconds since 1970. */
  readonly modified: number | undefined;
}

/** A file that is open for reading: one version of it, even if it changes meanwhile. */
export interface OpenFile {
  /** Where its contents come from, for the log: a path or a URL. */
  readonly origin: string;
  /** In octets; undefined where it is unknown until all is read. */
  readonly size: number | undefined;
  readonly validators: Validators;
  /**
   * Returns contiguous octets from `offset` on: at least one, none only at the end of the file. Synchronous where they
   * are in memory.
   *
   * @throws {FileError} (synchronously or as a rejection) where the octets can no longer be read
   */
  chunkAt(offset: number): Buffer | Promise<Buffer>;
  /** Closes the file; has no effect if it is already closed. */
  close(): void;
}

/** A source of files. */
export interface FileSource {
  /**
   * Opens a file.
   *
   * @param name as `normaliseName` returns it
   * @throws {FileError} where there is no such file, or it must not be served
   */
  open(name: string): Promise<OpenFile>;
}

/** The error for a file that is not served. Its message is for the log: it may contain paths, which clients must not see. */
export class FileError extends Error {
  override readonly cause: FileCause;

  constructor(cause: FileCause) {
    super(describeCause(cause));
    this.name = "FileError";
    this.cause = cause;
  }

  get kind(): FileErrorKind {
    return FILE_KINDS[this.cause.code];
  }
}

/** Reads up to `length` octets from the start of a file. @throws {FileError} where reading fails */
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
