import { FileError, type FileSource } from "./source.js";

/** Looks for a file in one source, and where that has none in the next one. */
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
