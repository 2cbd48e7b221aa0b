/** Reads the whole lease database of the folder given as argument; succeeds only where all of it can be read. */

import { LmdbStore } from "./lmdb-store.js";

const store = LmdbStore.openToRead(process.argv[2] ?? "");
let count = 0;
for (const lease of store.load()) if (lease.starts <= lease.ends) count += 1;
process.stdout.write(`${count} leases\n`);
