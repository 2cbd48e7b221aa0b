import { ByteReader, DecodeError } from "../common/byte-reader.js";

/** The first two octets of a packet (RFC 1350 5, RFC 2347). */
export const Opcode = {
  readRequest: 1,
  writeRequest: 2,
  data: 3,
  acknowledgement: 4,
  error: 5,
  optionAcknowledgement: 6,
} as const;

/** Codes of ERROR packets (RFC 1350 5, RFC 2347). */
export const ErrorCode = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  unknownTransfer: 5,
} as const;

/** Text of the error, with code 0, by which `pybootd simulate --wire` ends a transfer after the first block. */
export const ONLY_LOOKED = "only looked whether it is there";

/** The transfer mode: octets unchanged, or with the line ends of RFC 764. */
export type Mode = "octet" | "netascii";

/** A read request. */
export interface ReadRequest {
  readonly name: string;
  readonly mode: Mode;
  /** The options of RFC 2347, in the order and with the names as received; the first of duplicates. */
  readonly options: readonly (readonly [name: string, value: string])[];
}

/** A packet that arrived on the port of the service. */
export type Request =
  | { readonly kind: "read"; readonly request: ReadRequest }
  | { readonly kind: "write"; readonly name: string }
  | { readonly kind: "other"; readonly opcode: number };

/** A packet of the client in a running transfer. */
export type Response =
  | { readonly kind: "acknowledgement"; readonly block: number }
  | { readonly kind: "error"; readonly code: number; readonly text: string }
  | { readonly kind: "other"; readonly opcode: number };

/** Longest error text; packets of RFC 1350 are at most 516 octets. */
const LONGEST_ERROR_TEXT = 200;

/**
 * Decodes a packet that opens a transfer.
 *
 * @throws {DecodeError} where the packet is truncated, or a read request has no name, an unknown mode or a name that is
 * not UTF-8
 */
export function decodeRequest(data: Buffer): Request {
  const reader = new ByteReader(data);
  const opcode = reader.uint16("opcode");
  if (opcode !== Opcode.readRequest && opcode !== Opcode.writeRequest) return { kind: "other", opcode };
  const name = decodeName(reader.zeroTerminated("file name"));
  if (opcode === Opcode.writeRequest) return { kind: "write", name };
  const mode = reader.zeroTerminated("mode").toString("latin1").toLowerCase();
  if (mode !== "octet" && mode !== "netascii")
    throw new DecodeError("the mode is neither octet nor netascii", reader.offset);
  return { kind: "read", request: { name, mode, options: decodeOptions(reader) } };
}

/**
 * Decodes a packet of a running transfer.
 *
 * @throws {DecodeError} where the packet is truncated
 */
export function decodeResponse(data: Buffer): Response {
  // Fast path: nearly every packet is an acknowledgement.
  if (data.length === 4 && data.readUInt16BE(0) === Opcode.acknowledgement) {
    return { kind: "acknowledgement", block: data.readUInt16BE(2) };
  }
  const reader = new ByteReader(data);
  const opcode = reader.uint16("opcode");
  if (opcode === Opcode.acknowledgement) return { kind: "acknowledgement", block: reader.uint16("block") };
  if (opcode !== Opcode.error) return { kind: "other", opcode };
  // Some clients omit the code, the text or its NUL; the transfer has ended all the same.
  const code = reader.remaining >= 2 ? reader.uint16("error code") : ErrorCode.undefined;
  const text = reader.bytes(Math.min(reader.remaining, LONGEST_ERROR_TEXT), "error text").toString("latin1");
  return { kind: "error", code, text: text.split("\0", 1)[0] ?? "" };
}

/** Returns the header of a DATA packet as a big-endian number; `block` may exceed 16 bits. */
export function dataPrefix(block: number): number {
  return (Opcode.data << 16) | (block & 0xffff);
}

/**
 * Encodes an ERROR packet. The text goes to the client: it must not name anything of this host. Characters other than
 * printable ASCII become `?`.
 */
export function encodeError(code: number, text: string): Buffer {
  const printable = text.replace(/[^\x20-\x7e]/g, "?").slice(0, LONGEST_ERROR_TEXT);
  return Buffer.concat([
    Buffer.from([0, Opcode.error, code >> 8, code & 255]),
    Buffer.from(`${printable}\0`, "latin1"),
  ]);
}

/** Encodes an OACK packet (RFC 2347). */
export function encodeOptionAcknowledgement(options: readonly (readonly [string, string])[]): Buffer {
  const fields = options.map(([name, value]) => `${name}\0${value}\0`).join("");
  return Buffer.concat([Buffer.from([0, Opcode.optionAcknowledgement]), Buffer.from(fields, "latin1")]);
}

/**
 * Decodes a file name. Some boot ROMs read one octet past the name in the DHCP reply, and append its 0xFF to the name.
 */
function decodeName(octets: Buffer): string {
  const name = octets.at(-1) === 0xff ? octets.subarray(0, -1) : octets;
  if (name.length === 0) throw new DecodeError("the file name is empty", 2);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    throw new DecodeError("the file name is not UTF-8", 2);
  }
}

/** Decodes the options. A trailing name without a value or without its NUL is ignored. */
function decodeOptions(reader: ByteReader): readonly (readonly [string, string])[] {
  const options = new Map<string, readonly [string, string]>();
  try {
    while (reader.remaining > 0) {
      const name = reader.zeroTerminated("option name").toString("latin1");
      const value = reader.zeroTerminated("option value").toString("latin1");
      if (!options.has(name.toLowerCase())) options.set(name.toLowerCase(), [name, value]);
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return [...options.values()];
}
