import { binaryFor } from "./binaries.js";

/** Who wants to boot, by its request alone: whichever program sent it, the next one has other facts. */
export interface BootingClient {
  readonly kind: "pxe" | "http" | "dhcp" | "bootp";
  /** Option 93. */
  readonly architecture: number | undefined;
  /** Option 77 as it came. */
  readonly userClass: Buffer | undefined;
  /** Option 175 as it came. */
  readonly encapsulated: Buffer | undefined;
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

/** What iPXE calls itself (option 77). */
const USER_CLASS = "iPXE";

/** Of the features that iPXE tells in option 175 (https://ipxe.org/dhcpopts): HTTP, and where the features begin. */
const HTTP_FEATURE = 0x13;
const FIRST_FEATURE = 0x10;

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
  if (isIpxe(client)) {
    const url = knowsHttp(client.encapsulated) ? scriptUrl : plainScriptUrl;
    return url === undefined ? undefined : { script: url };
  }
  if (client.kind !== "pxe" && client.kind !== "http") return undefined;
  const binary = binaryFor(client.architecture, binaries);
  return binary === undefined ? undefined : { binary };
}

/** Whether a request is iPXE's: by its user class, which it sends bare, or by its own option. */
export function isIpxe({ userClass, encapsulated }: Pick<BootingClient, "userClass" | "encapsulated">): boolean {
  return encapsulated !== undefined || userClasses(userClass).includes(USER_CLASS);
}

/**
 * The user classes of option 77: a list of counted texts (RFC 3004 4), or, where the counts do not fit, one bare text.
 */
export function userClasses(option: Buffer | undefined): readonly string[] {
  if (option === undefined || option.length === 0) return [];
  const classes: string[] = [];
  for (let offset = 0; offset < option.length;) {
    const length = option[offset] ?? 0;
    const end = offset + 1 + length;
    if (length === 0 || end > option.length) return [textOf(option)];
    classes.push(textOf(option.subarray(offset + 1, end)));
    offset = end;
  }
  return classes;
}

function textOf(octets: Buffer): string {
  return octets.toString("latin1").replace(/\0+$/, "");
}

/** Features may be read, and are never required: who tells none has all. */
function knowsHttp(encapsulated: Buffer | undefined): boolean {
  const codes: number[] = [];
  for (let offset = 0; encapsulated !== undefined && offset + 1 < encapsulated.length;) {
    const code = encapsulated[offset] ?? 0;
    // Pad and end (RFC 2132 3.1, 3.2) have no length.
    if (code === 255) break;
    if (code !== 0) codes.push(code);
    offset += code === 0 ? 1 : 2 + (encapsulated[offset + 1] ?? 0);
  }
  const features = codes.filter((code) => code >= FIRST_FEATURE && code < 0x40);
  return features.length === 0 || features.includes(HTTP_FEATURE);
}
