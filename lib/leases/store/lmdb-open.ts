import { open, type RootDatabase } from "lmdb";

/**
 * Opens a database. What can keep it from that has to be looked for before, since lmdb ends the process then: the file
 * can be opened and has a whole database, and its lock file has its room.
 */
export function openDatabase(path: string, readOnly: boolean): RootDatabase<Buffer, number> {
  return open({
    path,
    noSubdir: true,
    keyEncoding: "uint32",
    encoding: "binary",
    readOnly,
    // A promise of put means that the disk has it.
    overlappingSync: false,
    // Transactions of its own making have a promise that nobody can wait for, and so an error that nobody catches.
    eventTurnBatching: false,
  });
}
