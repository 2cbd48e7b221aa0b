/**
 * Reads names from a folder while another process turns them, thousands of times a second, into links that lead out of it
 * and back into what they were. As a program (`node symlink-race.js FOLDER READS`) it reads without koffi, and says what
 * became of it.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { FolderSource, LocalFiles } from "../../lib/files/folder.js";
import { FileError } from "../../lib/files/source.js";
import { readAll } from "./files.js";

const PROGRAM = fileURLToPath(import.meta.url);

/** The file that must never be read has as many octets as the one that may. */
const OWN = "own octets";
const SECRET = "the secret";

/** Names that are turned: a file, one in a folder, one in a folder that itself is turned. */
export const TURNED = ["52-54-00-00-00-01", "inner/file", "52-54-00-00-00-02"];

const TURNER = `
const { renameSync, rmSync, symlinkSync, writeFileSync } = require("node:fs");
const turn = (name, up) => {
  symlinkSync(up + "secret", "link"); renameSync("link", name);
  writeFileSync("new", ${JSON.stringify(OWN)}); renameSync("new", name);
};
process.stdout.write("ready");
for (;;) {
  turn("52-54-00-00-00-01", "../");
  turn("inner/file", "../../");
  renameSync("inner", "kept"); symlinkSync("../outside", "inner"); rmSync("inner"); renameSync("kept", "inner");
}`;

/** The number of reads by result. */
export interface Race {
  readonly own: number;
  readonly refused: number;
  /** Whatever else was read. */
  readonly leaked: readonly string[];
}

/** Makes a folder with what may be read in a folder with what may not, and reads so often of each name. @returns what came */
export async function race(
  outside: string,
  reads: number,
  readerOf: (folder: string) => (name: string) => Promise<string | undefined>,
): Promise<Race> {
  const folder = join(outside, "served");
  for (const path of ["served", "served/inner", "outside"]) mkdirSync(join(outside, path));
  for (const path of ["secret", "outside/file"]) writeFileSync(join(outside, path), SECRET);
  for (const path of ["52-54-00-00-00-01", "inner/file"]) writeFileSync(join(folder, path), OWN);
  symlinkSync("inner/file", join(folder, "52-54-00-00-00-02"));
  const turner = spawn(process.execPath, ["-e", TURNER], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  await once(turner.stdout, "data");
  const read = readerOf(folder);
  const counts = { own: 0, refused: 0 };
  const leaked: string[] = [];
  for (let index = 0; index < reads; index++) {
    for (const name of TURNED) {
      const text = await read(name);
      if (text === undefined) counts.refused += 1;
      else if (text === OWN) counts.own += 1;
      else leaked.push(text);
    }
  }
  turner.kill("SIGKILL");
  await once(turner, "close");
  return { ...counts, leaked };
}

/** Reads from a folder as TFTP and HTTP do; undefined where it is refused. */
export function folderReader(files: LocalFiles): (folder: string) => (name: string) => Promise<string | undefined> {
  return (folder) => {
    const source = new FolderSource(folder, files);
    return async (name) => {
      try {
        const file = await source.open(name);
        try {
          return (await readAll(file)).toString();
        } finally {
          file.close();
        }
      } catch (error) {
        if (error instanceof FileError) return undefined;
        throw error;
      }
    };
  };
}

if (process.argv[1] === PROGRAM) {
  const [, , outside = "", reads = ""] = process.argv;
  const result = await race(outside, Number(reads), folderReader(new LocalFiles(new ChunkCache(0))));
  console.log(JSON.stringify(result));
}
