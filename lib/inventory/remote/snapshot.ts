import { createHash } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { asError } from "../../common/error.js";
import { flushFolder, makePrivateFolder } from "../../os/private-paths.js";
import type { Privileges } from "../../os/privileges.js";
import type { HostEntry } from "../entry.js";

/** The version of the format. */
const VERSION = 1;

/** Hosts that are written at once: turning all of them into text would hold up requests. */
const AT_ONCE = 500;

/** The last good picture of a source. */
export interface Snapshot {
  /** See {@link RemoteReader.identity}. */
  readonly identity: string;
  /** When it was read, in milliseconds since 1970. */
  readonly time: number;
  readonly cursor: string | undefined;
  readonly entries: readonly HostEntry[];
}

/** How a {@link SnapshotFile} is read and written. */
export interface SnapshotParts {
  /** Whether {@link SnapshotFile.save} has an effect. */
  readonly keeps: boolean;
  /** Reads with the rights of the user who wrote the file, who may have placed something else there. */
  readonly asUser: Privileges["asUser"];
}

/** The file that keeps the last good picture of a source over restarts: a line about it, and one for each host. */
export class SnapshotFile {
  readonly #path: string;
  readonly #keeps: boolean;
  readonly #asUser: SnapshotParts["asUser"];
  #writing: Promise<void> = Promise.resolve();

  /** @param path its folder is made when needed */
  constructor(path: string, { keeps, asUser }: SnapshotParts) {
    this.#path = path;
    this.#keeps = keeps;
    this.#asUser = asUser;
  }

  /**
   * Returns the picture of a source.
   *
   * @returns undefined where there is none, and why it is of no use where there is a file
   */
  async load(identity: string): Promise<Snapshot | { readonly useless: string } | undefined> {
    try {
      const snapshot = await this.#asUser(() => read(this.#path));
      if (snapshot.identity === identity) return snapshot;
      return { useless: `${this.#path} is of another source` };
    } catch (error) {
      const { code, message } = asError(error) as NodeJS.ErrnoException;
      return code === "ENOENT" ? undefined : { useless: `${this.#path} cannot be used: ${message}` };
    }
  }

  /** Replaces the picture, after those before. @throws the system's error; the former picture is left then */
  async save(snapshot: Snapshot): Promise<void> {
    if (!this.#keeps) return;
    this.#writing = this.#writing.catch(() => undefined).then(() => write(this.#path, snapshot));
    await this.#writing;
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }
}

async function write(path: string, { entries, ...about }: Snapshot): Promise<void> {
  makePrivateFolder(dirname(path));
  // Until it is closed, the source of a former configuration may write too.
  const part = `${path}.${hashOf(about.identity)}`;
  try {
    const file = await open(part, "w", 0o600);
    try {
      await file.write(`${JSON.stringify({ version: VERSION, hosts: entries.length, ...about })}\n`);
      for (let from = 0; from < entries.length; from += AT_ONCE) {
        const lines = entries.slice(from, from + AT_ONCE).map((entry) => `${JSON.stringify(entry)}\n`);
        await file.writeFile(lines.join(""));
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
    flushFolder(dirname(path));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function read(path: string): Promise<Snapshot> {
  // Opening another kind of file, such as a pipe, might block forever.
  if (!(await stat(path)).isFile()) throw new Error("it is not a file");
  const file = await open(path);
  try {
    return await parse(file.readLines());
  } finally {
    await file.close();
  }
}

async function parse(lines: AsyncIterable<string>): Promise<Snapshot> {
  const entries: HostEntry[] = [];
  let about: Partial<Snapshot> & { readonly version?: unknown; readonly hosts?: unknown } = {};
  let isFirst = true;
  for await (const line of lines) {
    const value: unknown = JSON.parse(line);
    if (isFirst) about = value as typeof about;
    else if (isEntry(value)) entries.push(value);
    else throw new Error(`line ${entries.length + 2} is no machine`);
    isFirst = false;
  }
  const { version, hosts, identity, time, cursor } = about;
  if (version !== VERSION || identity === undefined || time === undefined) throw new Error("it is no snapshot");
  if (hosts !== entries.length) throw new Error(`it has ${entries.length} machines of ${String(hosts)}`);
  return { identity, time, cursor, entries };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function isEntry(value: unknown): value is HostEntry {
  const { id, place, host } = value as Partial<HostEntry>;
  return (
    typeof id === "string" && typeof place === "number" && Array.isArray(host?.macs) && Array.isArray(host.origins)
  );
}
