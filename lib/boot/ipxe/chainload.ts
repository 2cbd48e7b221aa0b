import { binaryFor } from "./binaries.js";

/** A client that wants to boot, as its request describes it: each program that it runs in turn has other facts. */
export interface BootingClient {
  readonly kind: "pxe" | "http" | "dhcp" | "bootp";
  /** Option 93. */
  readonly architecture: number | undefined;
  /** The features of its build, where it is iPXE; empty where it does not report them. */
  readonly ipxe: { readonly features: ReadonlySet<string> } | undefined;
}

/** The settings for iPXE. */
export interface ChainSettings {
  /** The available programs of iPXE; empty without `binary_dir`. */
  readonly binaries: ReadonlySet<string>;
  /** The URL of iPXE's script; undefined where there is none. */
  readonly scriptUrl: string | undefined;
  /** The same by TFTP, for iPXE builds without HTTP. */
  readonly plainScriptUrl: string | undefined;
  /** The URLs, by HTTP and by TFTP, of a machine's own script on this server, where they exist. */
  readonly own: {
    readonly url: string | undefined;
    readonly plainUrl: string | undefined;
    /**
     * Whether any machine may have a script file named by its MAC address, which takes precedence over its other
     * script.
     */
    readonly first: boolean;
  };
}

/** The location of a machine's own script: a URL, or this server. */
export type OwnScript = { readonly url: string } | "here" | undefined;

/**
 * Decides what a client boots next: iPXE where it is other firmware, the script where it is iPXE. Depends on the
 * request alone, so that iPXE never gets itself again.
 *
 * @param ownScript the script of this machine, which takes precedence over the common one
 * @returns the name of a program, the URL of a script, or undefined where iPXE is not involved
 */
export function nextInChain(
  client: BootingClient,
  settings: ChainSettings,
  ownScript?: OwnScript,
): { readonly binary: string } | { readonly script: string } | undefined {
  if (client.ipxe !== undefined) {
    const url = scriptUrlFor(client.ipxe.features, settings, ownScript);
    return url === undefined ? undefined : { script: url };
  }
  const { binaries } = settings;
  if (client.kind !== "pxe" && client.kind !== "http") return undefined;
  const binary = binaryFor(client.architecture, binaries);
  return binary === undefined ? undefined : { binary };
}

function scriptUrlFor(
  features: ReadonlySet<string>,
  { scriptUrl, plainScriptUrl, own }: ChainSettings,
  ownScript: OwnScript,
): string | undefined {
  const knowsHttp = features.size === 0 || features.has("http");
  if (ownScript === undefined) return knowsHttp ? scriptUrl : plainScriptUrl;
  const url = knowsHttp ? own.url : own.plainUrl;
  return ownScript === "here" || (own.first && url !== undefined) ? url : ownScript.url;
}
