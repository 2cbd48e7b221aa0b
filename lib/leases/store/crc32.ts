/** The CRC table, one entry per octet (ISO 3309, reflected). */
const TABLE = Int32Array.from({ length: 256 }, (_, octet) => {
  let sum = octet;
  for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ 0xedb88320;
  return sum;
});

/**
 * Returns the CRC-32 of a buffer from `start` on. For a few dozen octets this is faster than zlib's, which needs a view
 * of them: a million records may be checked at start.
 */
export function crc32From(octets: Uint8Array, start: number): number {
  let sum = -1;
  for (let offset = start; offset < octets.length; offset++) {
    sum = (sum >>> 8) ^ (TABLE[(sum ^ (octets[offset] ?? 0)) & 255] ?? 0);
  }
  return ~sum >>> 0;
}
