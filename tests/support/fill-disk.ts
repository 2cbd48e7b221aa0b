/** Leaves so many KiB of a disk free: `fill-disk.js FILE KIB`. */

import { DiskFiller } from "./disk-filler.js";

const [, , path = "", free = "0"] = process.argv;
new DiskFiller(path).leave(Number(free));
