import { asError } from "../../common/error.js";
import { ReadingError } from "../remote/reader.js";

/** Most octets to read. */
const LARGEST = 64 * 1024 * 1024;

/** Reads a body as text. @throws {ReadingError} where it breaks off or is too large */
export async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of body) {
      parts.push(part);
      size += part.length;
      if (size > LARGEST) break;
    }
  } catch (error) {
    throw new ReadingError(`its answer broke off: ${asError(error).message}`);
  }
  if (size > LARGEST) throw new ReadingError(`its answer has more than ${LARGEST} octets`);
  return Buffer.concat(parts).toString("utf8");
}
