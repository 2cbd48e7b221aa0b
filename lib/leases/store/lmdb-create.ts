/**
 * Makes an empty lease database in the file that it is called with, which is there and empty. A process of its own: lmdb
 * does not survive that it cannot write one.
 */

import { openDatabase } from "./lmdb-open.js";

await openDatabase(process.argv[2] ?? "", false).close();
