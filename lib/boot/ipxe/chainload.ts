import { binaryFor } from "./binaries.js";

/** Who wants to boot, by its request alone: whichever program sent it, the next one has other facts. */
export interface BootingClient {
  readonly kind: "pxe" | "http" | "dhcp" | "bootp";
  /** Option 93. */
  readonly architecture: number | undefined;
  /** What its build can do, where it is iPXE; nothing where it does not say. */
  readonly ipxe: { readonly features: ReadonlySet<string> } | undefined;
}

/** What there is for iPXE. */
export interface ChainSettings {
  /** iPXE's programs that can be served; none where there is no `binary_dir`. */
  readonly binaries: ReadonlySet<string>;
  /** Where iPXE finds its script; undefined where there are no scripts. */
  readonly scriptUrl: string | undefined;
  /** The same by TFTP, for iPXE that was built without HTTP. */
  readonly plainScriptUrl: string | undefined;
  /** Where a machine finds a script of its own that is kept here, by HTTP and by TFTP; where there is a way to it. */
  readonly own: {
    readonly url: string | undefined;
    readonly plainUrl: string | undefined;
    /** Whether any machine may have one, named by its address, that counts before what is said of it elsewhere. */
    readonly first: boolean;
  };
}

/** What is known of a machine's own script: where it is, or that it is here. */
export type OwnScript = { readonly url: string } | "here" | undefined;

/**
 * What a machine boots next: iPXE where it is other firmware, the script where it is iPXE. It depends on the request
 * alone, so that iPXE is never given itself again.
 *
 * @param ownScript of this machine, which counts before that of all
 * @returns the name of a program, the URL of a script, or undefined where iPXE has no part in this boot
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
