declare const brand: unique symbol;

/**
 * A hardware address in the form that the whole program uses, as a key and in the log: octets in lower-case hexadecimal
 * with colons, `52:54:00:12:34:56`. Six octets on Ethernet, up to sixteen in a packet.
 */
export type Mac = string & { readonly [brand]: true };

/**
 * Reads six octets in any usual notation: `52-54-00-12-34-56`, `52:54:…`, `5254.0012.3456` or `525400123456`.
 *
 * @returns the address, or undefined where the text is none
 */
export function parseMac(text: string): Mac | undefined {
  const digits = text.replace(/[-:.]/g, "");
  return /^[0-9a-f]{12}$/i.test(digits) ? macFromBytes(Buffer.from(digits, "hex")) : undefined;
}

const DIGITS = Buffer.from("0123456789abcdef");
const COLON = 0x3a;

/** Returns the hardware address made of these octets, from `start` up to `end`, by default all of them. */
export function macFromBytes(octets: Uint8Array, start = 0, end = octets.length): Mac {
  const text: number[] = [];
  for (let index = start; index < end; index++) {
    const octet = octets[index] ?? 0;
    if (text.length > 0) text.push(COLON);
    text.push(DIGITS[octet >> 4] ?? 0, DIGITS[octet & 15] ?? 0);
  }
  // Makes the string at once: one that is joined from pieces takes several times the memory, and leases keep a million.
  return String.fromCharCode(...text) as Mac;
}

/** The hardware address of a client that sends none. */
export const NO_MAC: Mac = macFromBytes(new Uint8Array(0));

/**
 * A placeholder for a hardware address that another server did not record. With {@link NO_MAC}, all machines without a
 * client identifier would be the same client.
 */
export const UNKNOWN_MAC: Mac = macFromBytes(new Uint8Array(6));

/** Returns the octets of a hardware address. */
export function macToBytes(mac: Mac): Buffer {
  return Buffer.from(mac.replaceAll(":", ""), "hex");
}

/** Formats an address as `AA:BB:CC:DD:EE:FF`, with any separator between the octets. */
export function formatMac(mac: Mac, separator: string): string {
  return mac.toUpperCase().replaceAll(":", separator);
}

/** Returns the address as an integer, for comparisons under a mask; its width is 8 bits per octet. */
export function macToInteger(mac: Mac): bigint {
  return BigInt(`0x${mac.replaceAll(":", "") || "0"}`);
}

/** Returns the address of six octets that an integer stands for. */
export function macFromInteger(value: bigint): Mac {
  return macFromBytes(Buffer.from(value.toString(16).padStart(12, "0"), "hex"));
}
