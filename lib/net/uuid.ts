declare const brand: unique symbol;

/** A machine's UUID in lower case with dashes: `12345678-abcd-ef00-1111-abcdefabcdef`. */
export type Uuid = string & { readonly [brand]: true };

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** @returns the UUID, or undefined where the text is none */
export function parseUuid(text: string): Uuid | undefined {
  return FORM.test(text) ? (text.toLowerCase() as Uuid) : undefined;
}

/**
 * Reads the UUID from the value of DHCP option 97 (RFC 4578 2.3): one octet of type, 0, then sixteen of identifier, in
 * the order of arrival, as PyBootd does.
 *
 * @returns the UUID, or undefined where the option has another length or type
 */
export function uuidFromOption(value: Buffer): Uuid | undefined {
  if (value.length !== 17 || value[0] !== 0) return undefined;
  return value.toString("hex", 1).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") as Uuid;
}

/**
 * Returns the identifier with its first three fields in the other byte order. SMBIOS keeps them little-endian, and
 * firmware differs in whether it converts them before it sends option 97, so look-ups in a list of UUIDs have to try
 * both.
 */
export function swapUuid(uuid: Uuid): Uuid {
  const [low = "", middle = "", high = "", ...rest] = uuid.split("-");
  const swapped = [low, middle, high].map((field) => Buffer.from(field, "hex").reverse().toString("hex"));
  return [...swapped, ...rest].join("-") as Uuid;
}

/** Returns the identifier as a 128-bit integer, for comparisons under a mask. */
export function uuidToInteger(uuid: Uuid): bigint {
  return BigInt(`0x${uuid.replaceAll("-", "")}`);
}
