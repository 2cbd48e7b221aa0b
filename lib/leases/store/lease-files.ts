/** The names of the files in the folder of a lease database. */

/** The records. */
export const DATA = "data.mdb";
/** A database being created. */
export const BEGUN = "data.mdb.new";
/** Marks a clean close: exists while no process has the database open for writing. */
export const CLOSED = "closed";

/** Returns the name of the lock file that LMDB's processes share. */
export function lockOf(data: string): string {
  return `${data}-lock`;
}
