/** The files of a lease database, by their names in its folder. */

/** The records. */
export const DATA = "data.mdb";
/** A database that is being made. */
export const BEGUN = "data.mdb.new";
/** Stands beside the data as long as nobody has it open for writing. */
export const CLOSED = "closed";

/** LMDB's name for the file that its processes share. */
export function lockOf(data: string): string {
  return `${data}-lock`;
}
