import { DecodeError } from "../../common/byte-reader.js";
import type { Ipv4 } from "../../net/ipv4.js";
import { clientIdFromOctets } from "../../machine/client-id.js";
import { clientIdOf } from "../../machine/lease-key.js";
import { macFromBytes } from "../../net/mac.js";
import { crc32From } from "./crc32.js";
import type { Lease, LeaseState } from "../lease.js";

/** The version of the record format below. */
const FORM = 1;

const STATES: readonly LeaseState[] = ["bound", "released", "declined"];
const HEAD = 8;
/** The size of a record without addresses and names. */
const LEAST = HEAD + 16 + 1 + 2 + 2;

/**
 * Encodes a lease as the value of its address in a database: a CRC-32 of the rest, format version, state, start and end
 * as doubles of 8 octets, then hardware address, client identifier and host name, each after its length in one octet
 * (hardware address) or two.
 */
export function encodeLease({ key, mac, state, starts, ends, hostName = "" }: Lease): Buffer {
  const hardwareLength = Math.ceil(mac.length / 3);
  const identifier = clientIdOf(key) ?? "";
  const identifierLength = identifier.length >> 1;
  const nameLength = Buffer.byteLength(hostName);
  // Allocating from Node's buffer pool is much cheaper than a buffer of its own.
  const record = Buffer.allocUnsafe(LEAST + hardwareLength + identifierLength + nameLength);
  record.writeUInt8(FORM, 4);
  record.writeUInt8(STATES.indexOf(state), 5);
  record.writeUInt16BE(0, 6);
  record.writeDoubleBE(starts, HEAD);
  record.writeDoubleBE(ends, HEAD + 8);
  let offset = record.writeUInt8(hardwareLength, HEAD + 16);
  for (let digit = 0; digit < mac.length; digit += 3) record[offset++] = parseInt(mac.slice(digit, digit + 2), 16);
  offset = record.writeUInt16BE(identifierLength, offset);
  offset += record.write(identifier, offset, "hex");
  offset = record.writeUInt16BE(nameLength, offset);
  record.write(hostName, offset);
  record.writeUInt32BE(crc32From(record, 4), 0);
  return record;
}

/**
 * Decodes what {@link encodeLease} wrote. A million records may be read at start, so this allocates no more than the
 * lease itself.
 *
 * @throws {DecodeError} where the record is damaged
 */
export function decodeLease(address: Ipv4, record: Buffer): Lease {
  if (record.length < LEAST) throw new DecodeError("the record is too short", record.length);
  if (record.readUInt32BE(0) !== crc32From(record, 4)) throw new DecodeError("the checksum is another", 0);
  const form = record.readUInt8(4);
  if (form !== FORM) throw new DecodeError(`form ${form} of a record is not known here`, 4);
  const state = STATES[record.readUInt8(5)];
  if (state === undefined) throw new DecodeError("there is no such state", 5);
  const starts = record.readDoubleBE(HEAD);
  const ends = record.readDoubleBE(HEAD + 8);
  const hardwareEnd = HEAD + 17 + record.readUInt8(HEAD + 16);
  const identifierEnd = hardwareEnd + 2 + lengthAt(record, hardwareEnd);
  const nameEnd = identifierEnd + 2 + lengthAt(record, identifierEnd);
  if (nameEnd !== record.length) throw new DecodeError("the lengths do not add up", record.length);
  const mac = macFromBytes(record, HEAD + 17, hardwareEnd);
  const clientId = clientIdFromOctets(record.subarray(hardwareEnd + 2, identifierEnd));
  const name = record.toString("utf8", identifierEnd + 2, nameEnd);
  const key = clientId ?? mac;
  return { address, key, mac, state, starts, ends, hostName: name === "" ? undefined : name };
}

/** Reads a length. @throws {DecodeError} where the record ends before */
function lengthAt(record: Buffer, offset: number): number {
  if (offset + 2 > record.length) throw new DecodeError("the lengths do not add up", offset);
  return record.readUInt16BE(offset);
}
