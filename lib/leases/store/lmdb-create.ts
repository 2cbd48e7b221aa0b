/**
 * Creates an empty lease database in the file given as argument, which must exist and be empty. Runs in a process of
 * its own: lmdb does not survive a failed write.
 */

import { openDatabase } from "./lmdb-open.js";

await openDatabase(process.argv[2] ?? "", false).close();
