import { bootFilesOf, type OpenedFiles } from "../files/service.js";
import { ownPaths } from "../daemon/state-paths.js";
import type { Config } from "../settings/load.js";
import type { Root } from "../config/values.js";
import { ChunkCache } from "../files/chunk-cache.js";
import { FolderSource, LocalFiles } from "../files/folder.js";
import { PrivateFiles } from "../files/private-files.js";
import { FileError, type FileSource } from "../files/source.js";

/** The files that clients may read, as far as they are on this host. */
export interface OfflineFiles extends OpenedFiles {
  readonly folder: (path: string, linked?: ReadonlySet<string>) => FileSource;
}

/** Opens the sources of a configuration; those behind a URL fail with its address. */
export function offlineFiles(config: Config): OfflineFiles {
  const local = new LocalFiles(new ChunkCache(0));
  local.withhold(new PrivateFiles(ownPaths(config)));
  const folder: OfflineFiles["folder"] = (path, linked) => new FolderSource(path, local, linked);
  const sourceOf = (root: Root): FileSource => (root.kind === "folder" ? folder(root.path) : unasked(root.url));
  return { ...bootFilesOf(config, sourceOf, local), folder };
}

function unasked(root: URL): FileSource {
  return {
    open(name) {
      const url = root.href + name.split("/").map(encodeURIComponent).join("/");
      return Promise.reject(new FileError({ code: "mirror-not-asked", url }));
    },
  };
}
