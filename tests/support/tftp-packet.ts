/** TFTP packets by hand, without a line of lib/tftp. */

/** RRQ (1) or WRQ (2). */
export function makeRequest(
  name: string | Buffer,
  options: Readonly<Record<string, string | number>> = {},
  { mode = "octet", opcode = 1 }: { readonly mode?: string; readonly opcode?: number } = {},
): Buffer {
  const fields = Object.entries(options).flatMap(([option, value]) => [option, `${value}`]);
  const text = [mode, ...fields].map((field) => `${field}\0`).join("");
  return Buffer.concat([Buffer.from([0, opcode]), Buffer.from(name), Buffer.from([0]), Buffer.from(text, "latin1")]);
}

export function makeAck(block: number): Buffer {
  return Buffer.from([0, 4, (block >> 8) & 255, block & 255]);
}

export function makeError(code: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([0, 5, code >> 8, code & 255]), Buffer.from(`${text}\0`, "latin1")]);
}

/** A packet of a server, decoded. */
export type Answer =
  | { readonly kind: "data"; readonly block: number; readonly octets: Buffer }
  | { readonly kind: "oack"; readonly options: readonly (readonly [string, string])[] }
  | { readonly kind: "error"; readonly code: number; readonly text: string };

/** Reads what a server sent; throws where it has another form than the RFCs'. */
export function readAnswer(packet: Buffer): Answer {
  const opcode = packet.readUInt16BE(0);
  if (opcode === 3) return { kind: "data", block: packet.readUInt16BE(2), octets: packet.subarray(4) };
  if (opcode === 6) return { kind: "oack", options: readOptions(packet.subarray(2)) };
  if (opcode !== 5) throw new Error(`a server sent opcode ${opcode}`);
  if (packet.length > 512) throw new Error(`an ERROR of ${packet.length} octets`);
  const text = packet.toString("latin1", 4, packet.length - 1);
  if (packet.at(-1) !== 0 || !/^[\x20-\x7e]*$/.test(text))
    throw new Error("an ERROR whose text is no ASCII with a NUL");
  return { kind: "error", code: packet.readUInt16BE(2), text };
}

function readOptions(fields: Buffer): readonly (readonly [string, string])[] {
  const parts = fields.toString("latin1").split("\0");
  if (parts.pop() !== "" || parts.length % 2 !== 0 || parts.length === 0) throw new Error("an OACK that is malformed");
  return parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1] ?? ""] as const] : []));
}
