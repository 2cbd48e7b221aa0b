import { formatIpv4, type Ipv4 } from "../../net/ipv4.js";
import type { Mac } from "../../net/mac.js";
import type { CauseOf, NoFacts, Sentences } from "./cause.js";
import { INVENTORY_SENTENCES, type InventoryCauseFacts } from "./inventory.js";

/** The facts of each cause by which a file is not served. */
export interface FileCauseFacts extends InventoryCauseFacts {
  /** The name leads out of the root, or is none. */
  "outside-root": { asked: "name" | "path" };
  /** A part of the path, or a symbolic link in it, leads out of the folder. */
  "outside-folder": { path: string; folder: string | undefined };
  "file-missing": { path: string };
  /** A filter needs a variable that has no value for this request. */
  "variable-unknown": { filter: string; variable: string };
  /** A file that should name another names none. */
  "names-no-file": { origin: string };
  "file-not-regular": { path: string };
  /** The file is the daemon's own. */
  "file-private": { path: string; what: string };
  /** The mode of the file keeps other users out. */
  "file-closed": { path: string; mode: string };
  /** The system denies it; `error` is the system's code. */
  "file-forbidden": { path: string; error: string };
  "file-unreadable": { path: string; error: string };
  /** Without /proc the path of an open file is not known. */
  "file-place-unknown": { path: string };
  "file-changed": { origin: string; while: "opened" | "read" | "being fetched" };
  "file-short": { origin: string };
  /** The size is not known, which HTTP needs. */
  "size-unknown": { origin: string };
  /** The mirror has no such file; `status` is absent where it said so just before. */
  "missing-at-mirror": { url: string; status: number | undefined };
  "mirror-forbids": { url: string; status: number };
  "mirror-failed": { url: string; status: number };
  "mirror-unreachable": { url: string; error: string };
  /** A rehearsal asks no mirror. */
  "mirror-not-asked": { url: string };
  /** The mirror sent less than it said; `end` is absent where it ended before the octets that were asked for. */
  "mirror-short": { url: string; end: number | undefined; wanted: number };
  /** The daemon itself ended the download. */
  "fetch-ended": { url: string };
  /** No route has the path. */
  "nothing-served": NoFacts;
  /** The path is that of one machine, and another one asked; `asker` is absent where nothing tells who. */
  "for-another": { mac: Mac; asker: Mac | undefined; address: Ipv4 };
  "no-script": NoFacts;
  "script-missing": { error: string };
  "script-unreadable": { error: string };
  "not-a-mac": NoFacts;
  "report-not-kept": { error: string };
}

/** A cause by which a file is not served. */
export type FileCause = CauseOf<FileCauseFacts>;

/** `not-found`: no such file. `forbidden`: it exists, but must not be served. `unavailable`: it cannot be read now. */
export type FileErrorKind = "not-found" | "forbidden" | "unavailable";

/** The kind of each cause, which decides the code that the client gets. */
export const FILE_KINDS: Readonly<Record<keyof FileCauseFacts, FileErrorKind>> = {
  "outside-root": "forbidden",
  "outside-folder": "forbidden",
  "file-missing": "not-found",
  "variable-unknown": "not-found",
  "names-no-file": "not-found",
  "file-not-regular": "forbidden",
  "file-private": "forbidden",
  "file-closed": "forbidden",
  "file-forbidden": "forbidden",
  "file-unreadable": "unavailable",
  "file-place-unknown": "unavailable",
  "file-changed": "unavailable",
  "file-short": "unavailable",
  "size-unknown": "unavailable",
  "missing-at-mirror": "not-found",
  "mirror-forbids": "forbidden",
  "mirror-failed": "unavailable",
  "mirror-unreachable": "unavailable",
  "mirror-not-asked": "unavailable",
  "mirror-short": "unavailable",
  "fetch-ended": "unavailable",
  "nothing-served": "not-found",
  "for-another": "forbidden",
  "no-script": "not-found",
  "script-missing": "not-found",
  "script-unreadable": "unavailable",
  "not-a-mac": "not-found",
  "report-not-kept": "unavailable",
  "inventory-unknown": "unavailable",
  "inventory-silent": "unavailable",
};

const noScript = ({ error }: { readonly error: string }): string => `no script: ${error}`;
const cannotBeRead = ({ path, error }: { readonly path: string; readonly error: string }): string =>
  `${path} cannot be read (${error})`;
const answered = ({ url, status }: { readonly url: string; readonly status: number }): string =>
  `${url} answered ${status}`;

/** The sentences of these causes. They may contain paths, which clients must not see. */
export const FILE_SENTENCES: Sentences<FileCauseFacts> = {
  "outside-root": ({ asked }) => `the ${asked} leads out of the root, or is none`,
  "outside-folder": ({ path, folder }) => `${path} leads out of ${folder ?? "its folder"}`,
  "file-missing": ({ path }) => `there is no ${path}`,
  "variable-unknown": ({ filter, variable }) => `the filter ${filter} needs {${variable}}, which is not known here`,
  "names-no-file": ({ origin }) => `${origin} names no file to serve`,
  "file-not-regular": ({ path }) => `${path} is not a regular file`,
  "file-private": ({ path, what }) => `${path} is not served: it is ${what}`,
  "file-closed": ({ path, mode }) =>
    `${path} is not served: its mode ${mode} keeps others out (chmod o+r lets them in)`,
  "file-forbidden": cannotBeRead,
  "file-unreadable": cannotBeRead,
  "file-place-unknown": ({ path }) => `${path}: without /proc nobody can tell where a file is that was opened`,
  "file-changed": (cause) => `${cause.origin} changed while it was ${cause.while}`,
  "file-short": ({ origin }) => `${origin} ended too early`,
  "size-unknown": ({ origin }) => `${origin} does not tell its size, and is too large to be measured`,
  "missing-at-mirror": ({ url, status }) =>
    status === undefined ? `${url} was not there just now` : answered({ url, status }),
  "mirror-forbids": answered,
  "mirror-failed": answered,
  "mirror-unreachable": ({ url, error }) => `${url} cannot be fetched: ${error}`,
  "mirror-not-asked": ({ url }) => `${url} was not asked`,
  "mirror-short": ({ url, end, wanted }) =>
    end === undefined ? `${url} ended before octet ${wanted}` : `${url} ended at octet ${end} of ${wanted}`,
  "fetch-ended": ({ url }) => `${url} is no longer being fetched`,
  "nothing-served": () => "nothing is served there",
  "for-another": ({ mac, asker, address }) =>
    `it is for ${mac} alone, not for ${asker ?? `whoever has ${formatIpv4(address)}, which no lease, no request and no link here tells`}`,
  "no-script": () => "[ipxe] has no script for this machine",
  "script-missing": noScript,
  "script-unreadable": noScript,
  "not-a-mac": () => "that is no MAC address",
  "report-not-kept": ({ error }) => `the report cannot be kept: ${error}`,
  ...INVENTORY_SENTENCES,
};
