import { FileError, type FileSource } from "./source.js";

/** Returns a source that opens a file from the first source, or from the next one where the first has none. */
export function firstOf(first: FileSource, next: FileSource): FileSource {
  return {
    async open(name) {
      try {
        return await first.open(name);
      } catch (error) {
        if (error instanceof FileError && error.kind === "not-found") return next.open(name);
        throw error;
      }
    },
  };
}
