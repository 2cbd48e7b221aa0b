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
}

/**
 * What a machine boots next: iPXE where it is other firmware, the script where it is iPXE. It depends on the request
 * alone, so that iPXE is never given itself again.
 *
 * @returns the name of a program, the URL of a script, or undefined where iPXE has no part in this boot
 */
export function nextInChain(
  client: BootingClient,
  { binaries, scriptUrl, plainScriptUrl }: ChainSettings,
): { readonly binary: string } | { readonly script: string } | undefined {
  if (client.ipxe !== undefined) {
    const { features } = client.ipxe;
    const knowsHttp = features.size === 0 || features.has("http");
    const url = knowsHttp ? scriptUrl : plainScriptUrl;
    return url === undefined ? undefined : { script: url };
  }
  if (client.kind !== "pxe" && client.kind !== "http") return undefined;
  const binary = binaryFor(client.architecture, binaries);
  return binary === undefined ? undefined : { binary };
}
