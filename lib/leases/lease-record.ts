import { crc32 } from "node:zlib";
import { DecodeError } from "../net/byte-reader.js";
import { ByteReader } from "../net/byte-reader.js";
import type { Ipv4 } from "../net/ipv4.js";
import { macFromBytes } from "../net/mac.js";
import type { Lease, LeaseState } from "./lease.js";

/** The form of the records below; another number is another form. */
const FORM = 1;

const STATES: readonly LeaseState[] = ["bound", "released", "declined"];
const IDENTIFIER = "id:";
const HEAD = 8;

/**
 * Writes a lease as the value of its address in a database: a checksum of what follows (CRC-32), form, state, start and
 * end as numbers of 8 octets, then hardware address, client identifier and host name, each after its length in an
 * octet or two.
 */
export function encodeLease({ owner, mac, state, starts, ends, hostName = "" }: Lease): Buffer {
  const hardware = Buffer.from(mac.replaceAll(":", ""), "hex");
  const identifier = owner.startsWith(IDENTIFIER)
    ? Buffer.from(owner.slice(IDENTIFIER.length), "hex")
    : Buffer.alloc(0);
  const name = Buffer.from(hostName);
  const record = Buffer.alloc(HEAD + 16 + 1 + hardware.length + 2 + identifier.length + 2 + name.length);
  record.writeUInt8(FORM, 4);
  record.writeUInt8(STATES.indexOf(state), 5);
  record.writeDoubleBE(starts, HEAD);
  record.writeDoubleBE(ends, HEAD + 8);
  let offset = record.writeUInt8(hardware.length, HEAD + 16);
  offset += hardware.copy(record, offset);
  offset = record.writeUInt16BE(identifier.length, offset);
  offset += identifier.copy(record, offset);
  offset = record.writeUInt16BE(name.length, offset);
  name.copy(record, offset);
  record.writeUInt32BE(crc32(record.subarray(4)), 0);
  return record;
}

/** Reads what {@link encodeLease} wrote. @throws {DecodeError} where it is damaged */
export function decodeLease(address: Ipv4, record: Buffer): Lease {
  const reader = new ByteReader(record);
  if (reader.uint32("checksum") !== crc32(record.subarray(4))) throw new DecodeError("the checksum is another", 0);
  const form = reader.uint8("form");
  if (form !== FORM) throw new DecodeError(`form ${form} of a record is not known here`, 4);
  const state = STATES[reader.uint8("state")];
  if (state === undefined) throw new DecodeError("there is no such state", 5);
  reader.bytes(2, "reserved");
  const starts = reader.bytes(8, "start").readDoubleBE();
  const ends = reader.bytes(8, "end").readDoubleBE();
  const mac = macFromBytes(reader.bytes(reader.uint8("length of the hardware address"), "hardware address"));
  const identifier = reader.bytes(reader.uint16("length of the identifier"), "identifier");
  const name = reader.bytes(reader.uint16("length of the name"), "name").toString();
  const owner = identifier.length === 0 ? mac : `${IDENTIFIER}${identifier.toString("hex")}`;
  return { address, owner, mac, state, starts, ends, hostName: name === "" ? undefined : name };
}
