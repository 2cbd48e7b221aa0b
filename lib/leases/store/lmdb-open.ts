import { open, type RootDatabase } from "lmdb";

/**
 * Opens a database. lmdb ends the process on errors, so the caller must check first that the file can be opened, that
 * it has a complete database, and that its lock file has its room.
 */
export function openDatabase(path: string, readOnly: boolean): RootDatabase<Buffer, number> {
  return open({
    path,
    noSubdir: true,
    keyEncoding: "uint32",
    encoding: "binary",
    readOnly,
    // The promise of a put resolves only when the write is on disk.
    overlappingSync: false,
    // The library's own batches have a promise that no caller can await, so its rejection would go unhandled.
    eventTurnBatching: false,
  });
}
