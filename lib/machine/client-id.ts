declare const brand: unique symbol;

/**
 * A client identifier (option 61) in the one form that the whole program compares by: `id:` and its octets in lower-case
 * hexadecimal. It has 2 to 255 octets (RFC 2132 9.14).
 */
export type ClientId = string & { readonly [brand]: "ClientId" };

/** What tells a client identifier from a hardware address where texts name both. */
const PREFIX = "id:";
const LEAST_OCTETS = 2;
const MOST_OCTETS = 255;

/** The identifier with these octets. @returns undefined where they are too few or too many to be one */
export function clientIdFromOctets(octets: Buffer): ClientId | undefined {
  if (octets.length < LEAST_OCTETS || octets.length > MOST_OCTETS) return undefined;
  return `${PREFIX}${octets.toString("hex")}` as ClientId;
}

/**
 * Reads a client identifier as people and programs write it: hexadecimal digits with or without `:` or `-` between the
 * octets, with `id:` before them or bare.
 *
 * @returns undefined where the text is none
 */
export function parseClientId(text: string): ClientId | undefined {
  const written = text.slice(hasClientIdPrefix(text) ? PREFIX.length : 0);
  if (/^(?:[0-9a-f]{2})+$/i.test(written)) return clientIdFromOctets(Buffer.from(written, "hex"));
  const octets = written.split(/[:-]/);
  if (!octets.every((octet) => /^[0-9a-f]{1,2}$/i.test(octet))) return undefined;
  return clientIdFromOctets(Buffer.from(octets.map((octet) => octet.padStart(2, "0")).join(""), "hex"));
}

/** Whether a text says of itself that it is a client identifier. */
export function hasClientIdPrefix(text: string): boolean {
  return text.slice(0, PREFIX.length).toLowerCase() === PREFIX;
}

/** The octets of an identifier in hexadecimal. */
export function clientIdDigits(clientId: ClientId): string {
  return clientId.slice(PREFIX.length);
}
