declare const brand: unique symbol;

/** An IPv4 address as an unsigned 32-bit number, most significant octet first: 192.168.1.1 is 0xc0a80101. */
export type Ipv4 = number & { readonly [brand]: true };

/** 0.0.0.0: "this host" as a source, "any address" to listen on, "none" in a DHCP header field. */
export const UNSPECIFIED = 0 as Ipv4;

/** 255.255.255.255, the limited broadcast address (RFC 919). */
export const LIMITED_BROADCAST = 0xffffffff as Ipv4;

const OCTET = /^(?:0|[1-9][0-9]{0,2})$/;

/**
 * Reads a dotted quad. Rejects other forms that `inet_aton` accepts (`10.1`, `010.0.0.1`, `0x7f.1`): they are misread
 * more often than meant.
 *
 * @returns the address, or undefined where the text is not one
 */
export function parseIpv4(text: string): Ipv4 | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  let value = 0;
  for (const octet of octets) {
    const number = Number(octet);
    if (!OCTET.test(octet) || number > 255) return undefined;
    value = value * 256 + number;
  }
  return value as Ipv4;
}

/** Returns the low 32 bits of a number as an address. */
export function toIpv4(value: number): Ipv4 {
  return (value >>> 0) as Ipv4;
}

/** Formats an address as a dotted quad. */
export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** Whether the address is in one of RFC 1918's private ranges. */
export function isPrivate(address: Ipv4): boolean {
  return address >>> 24 === 10 || address >>> 20 === 0xac1 || address >>> 16 === 0xc0a8;
}

/** Whether the address is in 127.0.0.0/8 (RFC 1122 3.2.1.3). */
export function isLoopback(address: Ipv4): boolean {
  return address >>> 24 === 127;
}

/** Whether one machine can hold the address: not 0/8, loopback, multicast, reserved or broadcast (RFC 1122 3.2.1.3). */
export function isUnicast(address: Ipv4): boolean {
  const first = address >>> 24;
  return first > 0 && first < 224 && !isLoopback(address);
}
