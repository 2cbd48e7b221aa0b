/** An entry of a list of codes, lengths and values. */
export interface Tlv {
  readonly code: number;
  readonly value: Buffer;
}

const PAD = 0;
const END = 255;

/**
 * Reads encapsulated options (RFC 2132 8.4): entries of a code, a length and that many octets; 0 is a pad, 255 the end.
 * Stops at an entry that runs past the end of the data.
 */
export function readTlvs(data: Buffer): readonly Tlv[] {
  const entries: Tlv[] = [];
  let offset = 0;
  while (offset < data.length) {
    const code = data.readUInt8(offset);
    if (code === END) break;
    if (code === PAD) {
      offset += 1;
      continue;
    }
    if (offset + 1 >= data.length) break;
    const end = offset + 2 + data.readUInt8(offset + 1);
    if (end > data.length) break;
    entries.push({ code, value: data.subarray(offset + 2, end) });
    offset = end;
  }
  return entries;
}

/**
 * Writes entries in order, then the end.
 *
 * @throws {RangeError} where a value is longer than 255 octets
 */
export function writeTlvs(entries: readonly Tlv[]): Buffer {
  const parts = entries.flatMap(({ code, value }) => {
    if (value.length > 255) throw new RangeError(`sub-option ${code} has ${value.length} octets`);
    return [Buffer.from([code, value.length]), value];
  });
  return Buffer.concat([...parts, Buffer.from([END])]);
}
