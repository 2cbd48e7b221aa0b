import { macToInteger, parseMac, type Mac } from "./mac.js";
import { parseUuid, uuidToInteger, type Uuid } from "./uuid.js";

/** A set of fixed-width identifiers: those that agree with `value` in every bit that `mask` sets. */
export interface BitPattern {
  readonly value: bigint;
  readonly mask: bigint;
  /** Whether the mask sets every bit, so that the pattern means one identifier. */
  readonly exact: boolean;
}

const MAC_BITS = 48;
const UUID_BITS = 128;

/** Returns the pattern of one MAC address. */
export function exactMac(mac: Mac): BitPattern {
  return prefix(macToInteger(mac), MAC_BITS, MAC_BITS);
}

/**
 * Reads a MAC address, or its first octets and the number of bits that count: `1C-69-7A-00-00-01`, `1C-69-7A/24`.
 *
 * PyBootd counted the bits from the other end (the number that do not matter). Both readings of `1C-69-7A/24` are the
 * same. Where the octets written are just those that PyBootd compared (`1C-69-7A-01/16`), PyBootd's reading applies, so
 * that its files keep their meaning.
 *
 * @returns the pattern, or undefined where the text is none
 */
export function parseMacPattern(text: string): BitPattern | undefined {
  const [octets = "", bits, extra] = text.split("/");
  if (extra !== undefined) return undefined;
  const digits = octets.replace(/[-:.]/g, "");
  if (!/^(?:[0-9a-f]{2}){1,6}$/i.test(digits)) return undefined;
  const mac = parseMac(digits.padEnd(12, "0"));
  if (mac === undefined) return undefined;
  if (bits === undefined) return digits.length === 12 ? exactMac(mac) : undefined;
  const count = bitCount(bits, MAC_BITS);
  if (count === undefined) return undefined;
  const written = digits.length * 4;
  const significant = written < MAC_BITS && written === MAC_BITS - count ? written : count;
  // More bits than were written would stand for zero octets that the user did not write.
  return significant > written ? undefined : prefix(macToInteger(mac), significant, MAC_BITS);
}

/**
 * Reads a UUID, alone, with the number of leading bits that count, or (PyBootd's form) with a mask in the form of a
 * UUID.
 *
 * @returns the pattern, or undefined where the text is none
 */
export function parseUuidPattern(text: string): BitPattern | undefined {
  const [identifier = "", bits, extra] = text.split("/");
  const uuid = readUuid(identifier);
  if (uuid === undefined || extra !== undefined) return undefined;
  const value = uuidToInteger(uuid);
  if (bits === undefined) return prefix(value, UUID_BITS, UUID_BITS);
  const mask = readUuid(bits);
  if (mask !== undefined) return { value, mask: uuidToInteger(mask), exact: false };
  const count = bitCount(bits, UUID_BITS);
  return count === undefined ? undefined : prefix(value, count, UUID_BITS);
}

/** Reads a UUID, also without dashes or in braces, as PyBootd did (Python's `uuid.UUID`). */
function readUuid(text: string): Uuid | undefined {
  const digits = /^\{(.*)\}$/.exec(text)?.[1] ?? text;
  return parseUuid(digits.replaceAll("-", "").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
}

/** Whether the identifier belongs to the set. */
export function matchesPattern(pattern: BitPattern, identifier: bigint): boolean {
  return (identifier & pattern.mask) === (pattern.value & pattern.mask);
}

function prefix(value: bigint, bits: number, width: number): BitPattern {
  const mask = ((1n << BigInt(bits)) - 1n) << BigInt(width - bits);
  return { value, mask, exact: bits === width };
}

function bitCount(text: string, width: number): number | undefined {
  return /^[0-9]{1,3}$/.test(text) && Number(text) <= width ? Number(text) : undefined;
}
