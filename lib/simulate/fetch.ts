import { readStart } from "../files/source.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import type { SimulatedMachine } from "./machine.js";
import type { Rehearsal } from "./rehearsal.js";
import type { FileAnswer } from "./rehearsed-files.js";
import type { Fetched, FetchOutcome } from "./simulation.js";

/** The client of a fetch, and the server for names without one. */
export interface Fetching {
  readonly machine: SimulatedMachine;
  /** The address of the machine, where it is known. */
  readonly ip: Ipv4 | undefined;
  readonly by: Fetched["by"];
  readonly server: Ipv4;
}

/** Longest contents that are read, in octets: a longer file is not a configuration. */
const LONGEST_CONTENT = 64 * 1024;

/** Asks the file services for what a machine fetches, by a name, a path or a URL. */
export async function fetchFile(rehearsal: Rehearsal, target: string, fetching: Fetching): Promise<Fetched> {
  const located = locate(rehearsal, target, fetching);
  if ("outcome" in located) return { target, filter: undefined, ...located };
  const { by, name, path } = located;
  const { files, otherAddress } = rehearsal;
  const asker = { mac: fetching.machine.mac, address: fetching.ip ?? otherAddress };
  const answer = by === "http" ? await files.byHttp(path, asker) : await files.byTftp(path, asker);
  return { target, by, filter: answer.filter, outcome: await outcomeOf(name, answer) };
}

async function outcomeOf(name: string, { found, isScript }: FileAnswer): Promise<FetchOutcome> {
  if ("cause" in found) {
    const { cause } = found;
    return cause.code === "mirror-not-asked"
      ? { kind: "not-asked", name, url: cause.url }
      : { kind: "refused", name, cause };
  }
  try {
    const { size } = found;
    const short = size !== undefined && size <= LONGEST_CONTENT;
    const content = short ? (await readStart(found, LONGEST_CONTENT)).toString("utf8") : undefined;
    return { kind: "served", name, path: isScript ? undefined : found.origin, size, content };
  } finally {
    found.close();
  }
}

/** A file of this server: its name, and the name or the path that it is asked for by. */
type Located =
  { readonly by: Fetched["by"]; readonly name: string; readonly path: string } | Pick<Fetched, "by" | "outcome">;

/** Resolves a target as clients do: a URL, or a name or path on the server that they were told. */
function locate({ network, order, config }: Rehearsal, target: string, { by, server }: Fetching): Located {
  const own = formatIpv4(network.serverAddress);
  const webRoot = order.settings.webRoot(network.serverAddress);
  if (webRoot !== undefined && target.startsWith(webRoot)) {
    const { pathname, search } = new URL(target);
    return { by: "http", name: decodeURIComponent(pathname), path: pathname + search };
  }
  const [, host, path] = /^tftp:\/\/([^/:]+)(?::\d+)?\/(.*)$/i.exec(target) ?? [];
  if (path !== undefined && host === own) return { by: "tftp", name: path, path };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(target) || target.includes("${")) {
    return { by, outcome: { kind: "elsewhere", server: undefined } };
  }
  if (by === "http") return { by, name: target, path: target };
  if (server !== network.serverAddress) return { by, outcome: { kind: "elsewhere", server } };
  return config.services.tftp ? { by, name: target, path: target } : { by, outcome: { kind: "tftp-off" } };
}

/** Whether a machine gets the file, as far as that can be told here. */
export function isThere({ outcome: { kind } }: Fetched): boolean {
  return kind !== "refused";
}

/** Returns the name of a file of this server; undefined for that of another. */
export function nameIn({ outcome }: Fetched): string | undefined {
  return "name" in outcome ? outcome.name : undefined;
}

/** Returns the contents of a short file that is served. */
export function contentOf({ outcome }: Fetched): string | undefined {
  return outcome.kind === "served" ? outcome.content : undefined;
}
