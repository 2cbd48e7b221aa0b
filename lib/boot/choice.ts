import type { BootCause } from "../events/causes/boot.js";
import { FROM_AUTHORITY, type Origin, type Sourced } from "../config/origin.js";
import type { Menu } from "./menu.js";
import { nextInChain, type ChainSettings, type OwnScript } from "./ipxe/chainload.js";
import { bootFileFor, tftpTwin } from "../machine/architecture.js";
import { isFirmware, type Client } from "../machine/client.js";
import type { PxeOptions } from "../options/pxe.js";

/** The sources of a client's boot file, in order of precedence. */
export interface BootSources {
  /** From an HTTP authority. */
  readonly authorityFile: string | undefined;
  /** From the host entry of the client. */
  readonly hostFile: string | undefined;
  /** That host entry. */
  readonly hostOrigin: Origin | undefined;
  /** The cause by which the client gets an address but nothing to boot, if any. */
  readonly forbidden: BootCause | undefined;
  /** The iPXE script of this client alone. */
  readonly ownScript: OwnScript;
  readonly subnetFile: Sourced<string> | undefined;
  /** The settings for iPXE. */
  readonly chain: ChainSettings;
  readonly menu: Menu | undefined;
  /** From `[bootfile]`. */
  readonly bootFiles: ReadonlyMap<number | "default", Sourced<string>>;
  /** From `boot_file` of `[bootpd]`. */
  readonly fallback: Sourced<string> | undefined;
  /** The URL of the same files by HTTP, ending with a slash; undefined where HTTP is off. */
  readonly webRoot: string | undefined;
  readonly origins: BootOrigins;
}

/** Where the settings that choose a boot file come from, as far as they are no file names themselves. */
export interface BootOrigins {
  readonly menu: Origin;
  /** iPXE's programs. */
  readonly programs: Origin;
  /** iPXE's script of machines without one of their own. */
  readonly script: Origin;
}

/**
 * The boot choice for a client, with the setting that decides it. A client that is not firmware gets `nothing` without a
 * cause where there is no file for it.
 */
export type BootChoice =
  | {
      readonly kind: "file";
      readonly file: string;
      readonly origin: Origin;
      /** The menu item that the client selected, if any. */
      readonly item?: NonNullable<PxeOptions["bootItem"]>;
    }
  | { readonly kind: "menu"; readonly menu: Menu; readonly origin: Origin }
  | {
      readonly kind: "nothing";
      readonly cause: BootCause | undefined;
      /** Whether the operator intends it. */
      readonly meant?: boolean;
      /** Undefined where it is nothing that decides so. */
      readonly origin?: Origin | undefined;
    };

/** Chooses what a client boots. Depends on its arguments alone, and has no side effects. */
export function chooseBoot(client: Client, sources: BootSources): BootChoice {
  const { forbidden, hostOrigin, menu, origins } = sources;
  if (forbidden !== undefined)
    return { kind: "nothing", cause: isFirmware(client) ? forbidden : undefined, meant: true, origin: hostOrigin };
  const own = ownFile(sources);
  const chained = own === undefined || runsOwnScript(client, sources) ? chainedFile(client, sources) : undefined;
  if (chained !== undefined) return chained;
  if (own === undefined && menu !== undefined && client.kind === "pxe") return fromMenu(menu, origins.menu, client);
  const file = own ?? listedFile(client, sources);
  if (file === undefined) return nothing(isFirmware(client) ? noFileCause(client) : undefined);
  return byName(file.value, file.origin, client, sources);
}

/** Returns iPXE or its script, where the client is to boot that. */
function chainedFile(client: Client, sources: BootSources): BootChoice | undefined {
  const { hostOrigin, ownScript, chain, origins } = sources;
  const next = nextInChain(client, chain, ownScript);
  if (next === undefined) return undefined;
  if ("binary" in next) return byName(next.binary, origins.programs, client, sources);
  const origin = ownScript === undefined ? undefined : hostOrigin;
  return { kind: "file", file: next.script, origin: origin ?? origins.script };
}

/** Returns the file that is named for this machine or its network. */
function ownFile({ authorityFile, hostFile, hostOrigin, subnetFile }: BootSources): Sourced<string> | undefined {
  if (authorityFile !== undefined) return { value: authorityFile, origin: FROM_AUTHORITY };
  if (hostFile !== undefined && hostOrigin !== undefined) return { value: hostFile, origin: hostOrigin };
  return subnetFile;
}

/**
 * Whether the client is iPXE with a script of its own. The script then takes precedence over the machine's boot file,
 * which usually is iPXE itself.
 */
function runsOwnScript({ ipxe }: Client, { authorityFile, ownScript }: BootSources): boolean {
  return ipxe !== undefined && ownScript !== undefined && authorityFile === undefined;
}

function byName(file: string, origin: Origin, client: Client, sources: BootSources): BootChoice {
  return client.kind === "http" ? byHttp(file, origin, sources) : byTftp(file, origin, client);
}

/**
 * Offers the menu. A menu with a single item is not shown: there is nothing to choose, and some firmware handles menus
 * wrongly.
 */
function fromMenu(menu: Menu, origin: Origin, client: Client): BootChoice {
  const [only, ...others] = menu.items;
  if (others.length > 0) return { kind: "menu", menu, origin };
  return only?.file === undefined ? nothing({ code: "menu-without-file" }) : byTftp(only.file, origin, client);
}

function nothing(cause: BootCause | undefined): BootChoice {
  return { kind: "nothing", cause };
}

/** Returns the boot file of the first architecture, of several that a client lists, that has one (RFC 4578 2.1). */
function listedFile({ architectures }: Client, { bootFiles, fallback }: BootSources): Sourced<string> | undefined {
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
function byHttp(file: string, origin: Origin, { webRoot }: BootSources): BootChoice {
  if (isWebUrl(file)) return { kind: "file", file, origin };
  if (webRoot === undefined) return nothing({ code: "http-off", file });
  const path = file.replaceAll("\\", "/").replace(/^\/+/, "");
  return { kind: "file", file: webRoot + path.split("/").map(encodeURIComponent).join("/"), origin };
}

/**
 * Returns the file for a TFTP client. PXE firmware fails with PXE-E99 when given a URL; iPXE accepts one, as do clients
 * that are not firmware.
 */
function byTftp(file: string, origin: Origin, client: Client): BootChoice {
  if (client.kind !== "pxe" || client.ipxe !== undefined || !isWebUrl(file)) return { kind: "file", file, origin };
  return nothing({ code: "file-is-url", file });
}

function isWebUrl(file: string): boolean {
  return /^https?:\/\//i.test(file);
}

function noFileCause({ architecture }: Client): BootCause {
  return { code: "no-boot-file", architecture };
}
