import { FilterList, makeFilter } from "../files/filters.js";
import { normaliseName } from "../files/names.js";
import type { RequestFacts } from "../files/request-facts.js";
import { FileError, readStart } from "../files/source.js";
import { isScriptName } from "../boot/ipxe/files.js";
import { counted } from "../common/counted.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import { parseMac } from "../net/mac.js";
import type { SimulatedMachine } from "./machine.js";
import { UnaskedFile } from "./offline-files.js";
import type { Rehearsal } from "./rehearsal.js";
import { at } from "./rules.js";

/** The client of a fetch, and the server for names without one. */
export interface Fetching {
  readonly machine: SimulatedMachine;
  /** The address of the machine, where it is known. */
  readonly ip: Ipv4 | undefined;
  readonly by: "tftp" | "http";
  readonly server: Ipv4;
}

/** The outcome of a fetch. */
export interface Fetched {
  /** The name below the root of this server; undefined for a file of another server. */
  readonly name: string | undefined;
  readonly by: Fetching["by"];
  /** The description of the outcome. */
  readonly text: string;
  /** The contents of an iPXE script or a short file. */
  readonly content: string | undefined;
  readonly exists: boolean;
}

/** Longest contents that are read, in octets: a longer file is not a configuration. */
const LONGEST_CONTENT = 64 * 1024;

/** Looks up a file as the server would, by a name, a path or a URL. */
export async function fetchFile(rehearsal: Rehearsal, target: string, fetching: Fetching): Promise<Fetched> {
  const { by, name, elsewhere } = locate(rehearsal, target, fetching);
  if (name === undefined) return { name, by, text: elsewhere, content: undefined, exists: true };
  const own = `${target}, by ${by.toUpperCase()} from ${formatIpv4(rehearsal.network.serverAddress)}: `;
  try {
    const found = await open(rehearsal, name, { ...fetching, by });
    return { name, by, ...found, text: `${own}${found.text}${filterText(rehearsal, name)}`, exists: true };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error instanceof UnaskedFile) {
      const text = `${own}${error.url} (not asked: that takes a network)${filterText(rehearsal, name)}`;
      return { name, by, text, content: undefined, exists: true };
    }
    const text = `${own}NOT SERVED: ${error.message}${filterText(rehearsal, name)}`;
    return { name, by, text, content: undefined, exists: false };
  }
}

interface Located {
  readonly by: Fetching["by"];
  /** Undefined for a file of another server. */
  readonly name: string | undefined;
  readonly elsewhere: string;
}

function locate({ network, order, config }: Rehearsal, target: string, { by, server }: Fetching): Located {
  const webRoot = order.settings.webRoot(network.serverAddress);
  const foreign: Located = { by, name: undefined, elsewhere: `${target}: from another server, which is not asked` };
  if (webRoot !== undefined && target.startsWith(webRoot)) {
    return { by: "http", name: decodeURIComponent(new URL(target).pathname), elsewhere: "" };
  }
  const [, host, path] = /^tftp:\/\/([^/:]+)(?::\d+)?\/(.*)$/i.exec(target) ?? [];
  const isOwn = path !== undefined && host === formatIpv4(network.serverAddress);
  if (!isOwn && (/^[a-z][a-z0-9+.-]*:\/\//i.test(target) || target.includes("${"))) return foreign;
  if (isOwn) return { by: "tftp", name: path, elsewhere: "" };
  if (by === "tftp" && server !== network.serverAddress) {
    return { ...foreign, elsewhere: `${target}, by TFTP from ${formatIpv4(server)}, which is not this server` };
  }
  return by === "tftp" && !config.services.tftp
    ? { ...foreign, elsewhere: `${target}, by TFTP, which does not run here` }
    : { by, name: target, elsewhere: "" };
}

async function open(
  { files, ipxe }: Rehearsal,
  asked: string,
  { machine, ip, by }: Fetching,
): Promise<Pick<Fetched, "text" | "content">> {
  const facts = factsOf(machine, ip);
  const script = await ownScript(asked, by, machine, ip, ipxe);
  if (script !== undefined) return { text: "a script that is made for it", content: script };
  const file = await (by === "http" ? files.web : files.boot).open(asked, facts);
  try {
    const size = file.size === undefined ? "of a size that is not known" : counted(file.size, "octet");
    const short = file.size !== undefined && file.size <= LONGEST_CONTENT;
    const content = short ? (await readStart(file, LONGEST_CONTENT)).toString("utf8") : undefined;
    return { text: `${file.origin}, ${size}`, content };
  } finally {
    file.close();
  }
}

async function ownScript(
  asked: string,
  by: Fetching["by"],
  { mac, uuid, architecture }: SimulatedMachine,
  ip: Ipv4 | undefined,
  { scripts, server }: Rehearsal["ipxe"],
): Promise<string | undefined> {
  const [first = "", ...rest] = (normaliseName(asked) ?? "").split("/");
  const name = parseMac(first) === mac && rest.length > 0 ? rest.join("/") : [first, ...rest].join("/");
  if (!isScriptName(name)) return undefined;
  const facts = { mac, uuid, ip: ip === undefined ? undefined : formatIpv4(ip), arch: architecture.toString() };
  const from = by === "http" ? { origin: "", reports: true } : server;
  return scripts.scriptFor({ ...facts, told: new Map() }, from);
}

function factsOf({ mac, uuid, architecture }: SimulatedMachine, ip: Ipv4 | undefined): RequestFacts {
  const known = ip === undefined ? {} : { ip: formatIpv4(ip) };
  return { ...known, mac: mac.replaceAll(":", "-"), uuid, arch: architecture.toString() };
}

/** Describes the filter that a name matches, if any. */
function filterText({ config }: Rehearsal, asked: string): string {
  const name = normaliseName(asked);
  const { filters } = config.settings;
  const list = new FilterList(filters.map(({ key, value }) => makeFilter(key, value)));
  const found = name === undefined ? undefined : list.find(name);
  const entry = filters.find(({ key }) => key === found?.filter.pattern);
  return entry === undefined ? "" : `; by ${at(config, entry.line, `[filters] ${entry.key}`)}`;
}
