import type { Menu } from "./menu.js";
import { nextInChain, type ChainSettings, type OwnScript } from "./ipxe/chainload.js";
import { bootFileFor, describeArchitecture, tftpTwin } from "../machine/architecture.js";
import { isFirmware, type Client } from "../machine/client.js";
import type { PxeOptions } from "../options/pxe.js";

/** Everything that may say what a machine boots, the first of which counts. */
export interface BootSources {
  /** What an HTTP authority said. */
  readonly authorityFile: string | undefined;
  /** What is known of the machine. */
  readonly hostFile: string | undefined;
  /** Why the machine gets an address and nothing to boot, where that is so. */
  readonly forbidden: string | undefined;
  /** The iPXE script of the machine alone. */
  readonly ownScript: OwnScript;
  readonly subnetFile: string | undefined;
  /** What there is for iPXE. */
  readonly chain: ChainSettings;
  readonly menu: Menu | undefined;
  /** `[bootfile]` */
  readonly bootFiles: ReadonlyMap<number | "default", string>;
  /** `boot_file` of `[bootpd]` */
  readonly fallback: string | undefined;
  /** Where this server has the same files by HTTP, ending with a slash; undefined where HTTP is off. */
  readonly webRoot: string | undefined;
}

/** What a machine boots. A client that is no firmware, and for which there is nothing, has `nothing` without a reason. */
export type BootChoice =
  | {
      readonly kind: "file";
      readonly file: string;
      /** Where the machine chose it from a menu: what it chose. */
      readonly item?: NonNullable<PxeOptions["bootItem"]>;
    }
  | { readonly kind: "menu"; readonly menu: Menu }
  | {
      readonly kind: "nothing";
      readonly reason: string | undefined;
      /** Whether the operator wants it so. */
      readonly meant?: boolean;
    };

/** Chooses what a machine boots. Changes nothing, and goes by nothing but what is given. */
export function chooseBoot(client: Client, sources: BootSources): BootChoice {
  const { authorityFile, hostFile, forbidden, ownScript, subnetFile, chain, menu } = sources;
  if (forbidden !== undefined)
    return { kind: "nothing", reason: isFirmware(client) ? forbidden : undefined, meant: true };
  const own = authorityFile ?? hostFile ?? subnetFile;
  const next = own === undefined || runsOwnScript(client, sources) ? nextInChain(client, chain, ownScript) : undefined;
  if (next !== undefined)
    return "script" in next ? { kind: "file", file: next.script } : byName(next.binary, client, sources);
  if (own === undefined && menu !== undefined && client.kind === "pxe") return fromMenu(menu, client);
  const file = own ?? listedFile(client, sources);
  if (file === undefined) return nothing(isFirmware(client) ? noFileReason(client) : undefined);
  return byName(file, client, sources);
}

/** To iPXE its script comes before the boot file of its machine, which most often is iPXE. */
function runsOwnScript({ ipxe }: Client, { authorityFile, ownScript }: BootSources): boolean {
  return ipxe !== undefined && ownScript !== undefined && authorityFile === undefined;
}

function byName(file: string, client: Client, sources: BootSources): BootChoice {
  return client.kind === "http" ? byHttp(file, sources) : byTftp(file, client);
}

/** A menu with one item is none: some firmware gets menus wrong, and there is nothing to choose. */
function fromMenu(menu: Menu, client: Client): BootChoice {
  const [only, ...others] = menu.items;
  if (others.length > 0) return { kind: "menu", menu };
  return only?.file === undefined
    ? nothing("[menu] has nothing but the machine's own disk")
    : byTftp(only.file, client);
}

function nothing(reason: string | undefined): BootChoice {
  return { kind: "nothing", reason };
}

/** Of several architectures that a client names the first with a file counts (RFC 4578 2.1). */
function listedFile({ architectures }: Client, { bootFiles, fallback }: BootSources): string | undefined {
  const files = (architectures.length === 0 ? [undefined] : architectures).map((architecture) => {
    const twin = architecture === undefined || bootFiles.has(architecture) ? undefined : tftpTwin(architecture);
    return bootFileFor(twin ?? architecture, bootFiles, fallback);
  });
  return files.find((file) => file !== undefined);
}

/** Firmware that boots by HTTP takes nothing but a URL: what TFTP has by a name, HTTP has by that name too. */
function byHttp(file: string, { webRoot }: BootSources): BootChoice {
  if (isWebUrl(file)) return { kind: "file", file };
  if (webRoot === undefined) return nothing(`it boots by HTTP, ${file} is no URL, and HTTP is off ([httpd] enable)`);
  const path = file.replaceAll("\\", "/").replace(/^\/+/, "");
  return { kind: "file", file: webRoot + path.split("/").map(encodeURIComponent).join("/") };
}

/** PXE firmware that is given a URL ends with PXE-E99; iPXE takes one, and so do others that are no firmware. */
function byTftp(file: string, client: Client): BootChoice {
  if (client.kind !== "pxe" || client.ipxe !== undefined || !isWebUrl(file)) return { kind: "file", file };
  return nothing(`it boots by TFTP, and ${file} is a URL`);
}

function isWebUrl(file: string): boolean {
  return /^https?:\/\//i.test(file);
}

function noFileReason({ architecture }: Client): string {
  if (architecture === undefined) return "[bootfile] has no default";
  return `[bootfile] has no entry for architecture ${describeArchitecture(architecture)}`;
}
