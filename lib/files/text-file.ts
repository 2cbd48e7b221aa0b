import type { OpenFile } from "./source.js";

/** A file whose text was made for who asked. @param origin what made it, for the log */
export function textFile(origin: string, text: string): OpenFile {
  const octets = Buffer.from(text, "utf8");
  return {
    origin,
    size: octets.length,
    validators: { etag: undefined, modified: undefined },
    chunkAt: (offset) => octets.subarray(offset),
    close: () => undefined,
  };
}
