import type { Menu } from "./menu.js";
import { nextInChain, type ChainSettings, type OwnScript } from "./ipxe/chainload.js";
import { bootFileFor, describeArchitecture, tftpTwin } from "../machine/architecture.js";
import { isFirmware, type Client } from "../machine/client.js";
import type { PxeOptions } from "../options/pxe.js";

/** The sources of a client's boot file, in order of precedence. */
export interface BootSources {
  /** From an HTTP authority. */
  readonly authorityFile: string | undefined;
  /** From the host entry of the client. */
  readonly hostFile: string | undefined;
  /** The reason why the client gets an address but nothing to boot, if any. */
  readonly forbidden: string | undefined;
  /** The iPXE script of this client alone. */
  readonly ownScript: OwnScript;
  readonly subnetFile: string | undefined;
  /** The settings for iPXE. */
  readonly chain: ChainSettings;
  readonly menu: Menu | undefined;
  /** From `[bootfile]`. */
  readonly bootFiles: ReadonlyMap<number | "default", string>;
  /** From `boot_file` of `[bootpd]`. */
  readonly fallback: string | undefined;
  /** The URL of the same files by HTTP, ending with a slash; undefined where HTTP is off. */
  readonly webRoot: string | undefined;
}

/**
 * The boot choice for a client. A client that is not firmware gets `nothing` without a reason where there is no file
 * for it.
 */
export type BootChoice =
  | {
      readonly kind: "file";
      readonly file: string;
      /** The menu item that the client selected, if any. */
      readonly item?: NonNullable<PxeOptions["bootItem"]>;
    }
  | { readonly kind: "menu"; readonly menu: Menu }
  | {
      readonly kind: "nothing";
      readonly reason: string | undefined;
      /** Whether the operator intends it. */
      readonly meant?: boolean;
    };

/** Chooses what a client boots. Depends on its arguments alone, and has no side effects. */
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

/**
 * Whether the client is iPXE with a script of its own. The script then takes precedence over the machine's boot file,
 * which usually is iPXE itself.
 */
function runsOwnScript({ ipxe }: Client, { authorityFile, ownScript }: BootSources): boolean {
  return ipxe !== undefined && ownScript !== undefined && authorityFile === undefined;
}

function byName(file: string, client: Client, sources: BootSources): BootChoice {
  return client.kind === "http" ? byHttp(file, sources) : byTftp(file, client);
}

/**
 * Offers the menu. A menu with a single item is not shown: there is nothing to choose, and some firmware handles menus
 * wrongly.
 */
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

/** Returns the boot file of the first architecture, of several that a client lists, that has one (RFC 4578 2.1). */
function listedFile({ architectures }: Client, { bootFiles, fallback }: BootSources): string | undefined {
  const files = (architectures.length === 0 ? [undefined] : architectures).map((architecture) => {
    const twin = architecture === undefined || bootFiles.has(architecture) ? undefined : tftpTwin(architecture);
    return bootFileFor(twin ?? architecture, bootFiles, fallback);
  });
  return files.find((file) => file !== undefined);
}

/**
 * Returns the URL of a file for firmware that boots by HTTP, and accepts nothing but a URL. HTTP serves the files of
 * TFTP under the same names.
 */
function byHttp(file: string, { webRoot }: BootSources): BootChoice {
  if (isWebUrl(file)) return { kind: "file", file };
  if (webRoot === undefined) return nothing(`it boots by HTTP, ${file} is no URL, and HTTP is off ([httpd] enable)`);
  const path = file.replaceAll("\\", "/").replace(/^\/+/, "");
  return { kind: "file", file: webRoot + path.split("/").map(encodeURIComponent).join("/") };
}

/**
 * Returns the file for a TFTP client. PXE firmware fails with PXE-E99 when given a URL; iPXE accepts one, as do clients
 * that are not firmware.
 */
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
