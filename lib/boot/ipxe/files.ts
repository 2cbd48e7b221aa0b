import { normaliseName } from "../../files/names.js";
import type { RequestedFiles, RequestFacts } from "../../files/request-facts.js";
import { FileError, type FileSource, type OpenFile } from "../../files/source.js";
import { textFile } from "../../files/text-file.js";
import { parseMac } from "../../net/mac.js";
import { BINARY_FOLDER, PROGRAM_NAMES } from "./binaries.js";
import { withNetwork } from "./script.js";
import type { Scripts, ServerAddress } from "./scripts.js";

/** The content for iPXE that is added to other files. */
export interface IpxeParts {
  /** iPXE's programs, by their names in their folder. */
  readonly binaries: FileSource | undefined;
  readonly scripts: Scripts;
  readonly server: ServerAddress;
}

/** The names of scripts: the one that iPXE's programs request by themselves, and ours. */
const SCRIPT_NAMES = ["autoexec.ipxe", "auto.ipxe"];

/** Adds iPXE's programs and the script of the client to other files; scripts take precedence. */
export function withIpxe(files: RequestedFiles, { binaries, scripts, server }: IpxeParts): RequestedFiles {
  return {
    async open(asked, facts) {
      const name = normaliseName(asked) ?? "";
      if (isScriptName(name)) {
        const script = await scripts.scriptFor(machineOf(facts), server);
        return script === undefined ? files.open(asked, facts) : textFile("[ipxe]", withNetwork(script));
      }
      if (binaries === undefined) return files.open(asked, facts);
      if (name.startsWith(BINARY_FOLDER)) return binaries.open(name.slice(BINARY_FOLDER.length));
      return PROGRAM_NAMES.includes(name)
        ? either(files.open(asked, facts), () => binaries.open(name))
        : files.open(asked, facts);
    },
  };
}

/** Whether a name is that of a script, at the root or beside the program that requests it. */
export function isScriptName(name: string): boolean {
  const own = name.startsWith(BINARY_FOLDER) ? name.slice(BINARY_FOLDER.length) : name;
  return SCRIPT_NAMES.includes(own);
}

function machineOf({ mac, ip, uuid, arch }: RequestFacts): Parameters<Scripts["scriptFor"]>[0] {
  return { mac: mac === undefined ? undefined : parseMac(mac), ip, uuid, arch, told: new Map() };
}

async function either(first: Promise<OpenFile>, next: () => Promise<OpenFile>): Promise<OpenFile> {
  try {
    return await first;
  } catch (error) {
    if (error instanceof FileError && error.kind === "not-found") return next();
    throw error;
  }
}
