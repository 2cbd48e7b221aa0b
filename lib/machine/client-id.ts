declare const brand: unique symbol;

/**
 * A client identifier (option 61) in the canonical form that the program compares: `id:` and the octets in lower-case
 * hexadecimal. It has 2 to 255 octets (RFC 2132 9.14).
 */
export type ClientId = string & { readonly [brand]: "ClientId" };

/** The prefix that distinguishes a client identifier from a hardware address in texts. */
export const CLIENT_ID_PREFIX = "id:";
const LEAST_OCTETS = 2;
const MOST_OCTETS = 255;

/** Makes a client identifier from octets. @returns undefined where there are too few or too many */
export function clientIdFromOctets(octets: Buffer): ClientId | undefined {
  if (octets.length < LEAST_OCTETS || octets.length > MOST_OCTETS) return undefined;
  return `${CLIENT_ID_PREFIX}${octets.toString("hex")}` as ClientId;
}

/**
 * Parses a client identifier in the usual notations: hexadecimal digits with or without `:` or `-` between the octets,
 * and with or without the prefix `id:`.
 *
 * @returns undefined where the text is not a client identifier
 */
export function parseClientId(text: string): ClientId | undefined {
  const written = text.slice(hasClientIdPrefix(text) ? CLIENT_ID_PREFIX.length : 0);
  if (/^(?:[0-9a-f]{2})+$/i.test(written)) return clientIdFromOctets(Buffer.from(written, "hex"));
  const octets = written.split(/[:-]/);
  if (!octets.every((octet) => /^[0-9a-f]{1,2}$/i.test(octet))) return undefined;
  return clientIdFromOctets(Buffer.from(octets.map((octet) => octet.padStart(2, "0")).join(""), "hex"));
}

/** The type octet of identifiers that are no hardware address, in hexadecimal (RFC 2132 9.14). */
const NAME_TYPE = "00";

/** Returns the client identifier that holds a name; undefined where the name is empty or too long. */
export function clientIdOfName(name: string): ClientId | undefined {
  return name === "" ? undefined : clientIdFromOctets(Buffer.from(`\0${name}`));
}

/** Returns the name that a client identifier holds; undefined where it holds none, or one that is not printable ASCII. */
export function nameInClientId(clientId: ClientId): string | undefined {
  const digits = clientIdDigits(clientId);
  if (!digits.startsWith(NAME_TYPE)) return undefined;
  const name = Buffer.from(digits.slice(NAME_TYPE.length), "hex").toString("latin1");
  return /^[\x21-\x7e]+$/.test(name) ? name : undefined;
}

/** Whether a text has the prefix of a client identifier. */
export function hasClientIdPrefix(text: string): boolean {
  return text.slice(0, CLIENT_ID_PREFIX.length).toLowerCase() === CLIENT_ID_PREFIX;
}

/** Returns the octets of a client identifier in hexadecimal. */
export function clientIdDigits(clientId: ClientId): string {
  return clientId.slice(CLIENT_ID_PREFIX.length);
}
