import type { OpenFile } from "./source.js";

/** Returns a file with a text that was generated for a request. @param origin what generated it, for the log */
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
