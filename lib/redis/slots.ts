/** The number of hash slots of a Redis Cluster. */
const SLOTS = 16384;

/** The polynomial of CRC16-CCITT (XMODEM), which Redis Cluster uses. */
const POLYNOMIAL = 0x1021;

/** Returns the hash slot of a key (Redis Cluster specification, "Key distribution model"), 0 to 16383. */
export function slotOf(key: string): number {
  return crc16(Buffer.from(hashed(key))) % SLOTS;
}

/** Returns the part of a key that is hashed: what is between the first braces, unless that is nothing. */
function hashed(key: string): string {
  const open = key.indexOf("{");
  const close = key.indexOf("}", open + 1);
  return open < 0 || close <= open + 1 ? key : key.slice(open + 1, close);
}

function crc16(octets: Uint8Array): number {
  let crc = 0;
  for (const octet of octets) {
    crc ^= octet << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? POLYNOMIAL : 0)) & 0xffff;
  }
  return crc;
}
