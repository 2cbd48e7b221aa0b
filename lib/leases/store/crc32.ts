/** What each octet does to the sum (ISO 3309, reflected). */
const TABLE = Int32Array.from({ length: 256 }, (_, octet) => {
  let sum = octet;
  for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ 0xedb88320;
  return sum;
});

/**
 * The CRC-32 of a buffer from `start` on. For some dozen octets this is quicker than zlib's, which wants a view of them:
 * the records of a million leases are checked when the daemon starts.
 */
export function crc32From(octets: Uint8Array, start: number): number {
  let sum = -1;
  for (let offset = start; offset < octets.length; offset++) {
    sum = (sum >>> 8) ^ (TABLE[(sum ^ (octets[offset] ?? 0)) & 255] ?? 0);
  }
  return ~sum >>> 0;
}
