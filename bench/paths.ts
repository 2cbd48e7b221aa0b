/** Paths, relative to dist/bench/. */

import { fileURLToPath } from "node:url";

function fromHere(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

export const REPOSITORY = fromHere("../../");
export const RESULTS = fromHere("../../bench/results/");

/** The daemon under test. */
export const PROGRAM = fromHere("../bin/pybootd.js");

/** The load generator's source, and where it is built. */
export const LOAD_SOURCE = fromHere("../../bench/load/");
export const LOAD = fromHere("./load");

/** The folder for peers that cannot be installed beside each other. */
export const UNPACKED = fromHere("./peers/");
