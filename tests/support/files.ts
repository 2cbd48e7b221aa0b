import type { FileErrorKind } from "../../lib/events/causes/files.js";
import type { FileSource, OpenFile } from "../../lib/files/source.js";
import { FileError } from "../../lib/files/source.js";

/** All octets of an open file, in as many chunks as it gives; the file stays open. */
export async function readAll(file: OpenFile, from = 0): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let offset = from; ;) {
    const chunk = await file.chunkAt(offset);
    if (chunk.length === 0) return Buffer.concat(parts);
    parts.push(Buffer.from(chunk));
    offset += chunk.length;
  }
}

/** Returns the content of a name as text, or the kind of error that it is refused with. */
export async function servedAs(source: Pick<FileSource, "open">, name: string): Promise<string> {
  try {
    const file = await source.open(name);
    const text = (await readAll(file)).toString();
    file.close();
    return text;
  } catch (error) {
    if (error instanceof FileError) return error.kind satisfies FileErrorKind;
    throw error;
  }
}

/** Octets that differ from place to place, so that none can stand for another: a count of 32-bit words. */
export function countedOctets(length: number): Buffer {
  const octets = Buffer.alloc(Math.ceil(length / 4) * 4);
  for (let offset = 0; offset < octets.length; offset += 4) octets.writeUInt32BE(offset / 4, offset);
  return octets.subarray(0, length);
}
