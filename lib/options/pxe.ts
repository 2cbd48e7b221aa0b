import { ByteReader, DecodeError } from "../common/byte-reader.js";
import { toIpv4, type Ipv4 } from "../net/ipv4.js";
import { readTlvs, writeTlvs, type Tlv } from "./tlv.js";

/** A PXE 2.1 boot server type: 0 boots locally; 8000 hex and above are for vendors. */
export type BootServerType = number;

/** Type of the menu entry that boots from the local disk (PXE 2.1 table 2-1). */
export const LOCAL_BOOT: BootServerType = 0;

/** Layer bit of a boot item that asks for credentials, which this server does not support (PXE 2.1 table 2-1). */
export const CREDENTIALS_LAYER = 0x8000;

/** Bits of PXE_DISCOVERY_CONTROL (PXE 2.1 table 2-1). */
export const Discovery = {
  noBroadcast: 1,
  noMulticast: 2,
  /** Discover only the servers in PXE_BOOT_SERVERS. */
  onlyListed: 4,
  /** Use the boot file of this message: no prompt, no menu, no discovery. */
  useBootFile: 8,
} as const;

/** The PXE sub-options of option 43: all that this server sends, and those of clients that it reads. */
export interface PxeOptions {
  readonly discoveryControl?: number | undefined;
  readonly bootServers?: readonly { readonly type: BootServerType; readonly addresses: readonly Ipv4[] }[] | undefined;
  /** The first entry is the default. */
  readonly bootMenu?: readonly { readonly type: BootServerType; readonly label: string }[] | undefined;
  /** 0 seconds: boot the first entry at once; 255: wait forever. */
  readonly menuPrompt?: { readonly seconds: number; readonly text: string } | undefined;
  /** The chosen menu entry and the layer, the number of the file that is asked for. */
  readonly bootItem?: { readonly type: BootServerType; readonly layer: number } | undefined;
}

/** Sub-option codes (PXE 2.1 table 2-1). */
const SubCode = { discoveryControl: 6, bootServers: 8, bootMenu: 9, menuPrompt: 10, bootItem: 71 } as const;

/**
 * Encodes the value of option 43.
 *
 * @throws {RangeError} where a sub-option is longer than 255 octets
 */
export function encodePxeOptions(options: PxeOptions): Buffer {
  const { discoveryControl, bootServers, bootMenu, menuPrompt, bootItem } = options;
  const entries: Tlv[] = [];
  const add = (code: number, value: Buffer): void => void entries.push({ code, value });
  if (discoveryControl !== undefined) add(SubCode.discoveryControl, Buffer.from([discoveryControl]));
  if (bootServers !== undefined) {
    const servers = bootServers.map(({ type, addresses }) =>
      Buffer.concat([uint16(type), Buffer.from([addresses.length]), ...addresses.map(uint32)]),
    );
    add(SubCode.bootServers, Buffer.concat(servers));
  }
  if (bootMenu !== undefined) {
    const lines = bootMenu.map(({ type, label }) => {
      const text = Buffer.from(label);
      return Buffer.concat([uint16(type), Buffer.from([text.length]), text]);
    });
    add(SubCode.bootMenu, Buffer.concat(lines));
  }
  if (menuPrompt !== undefined) {
    add(SubCode.menuPrompt, Buffer.concat([Buffer.from([menuPrompt.seconds]), Buffer.from(menuPrompt.text)]));
  }
  if (bootItem !== undefined) add(SubCode.bootItem, Buffer.concat([uint16(bootItem.type), uint16(bootItem.layer)]));
  return writeTlvs(entries);
}

/** Decodes the value of option 43. Ignores malformed sub-options. */
export function decodePxeOptions(value: Buffer): PxeOptions {
  const parts = new Map(readTlvs(value).map((entry) => [entry.code, entry.value]));
  const part = <T>(code: number, read: (reader: ByteReader) => T): T | undefined => readPart(parts.get(code), read);
  return {
    discoveryControl: part(SubCode.discoveryControl, (reader) => reader.uint8("discovery control")),
    bootServers: part(SubCode.bootServers, readAll(readServer)),
    bootMenu: part(SubCode.bootMenu, readAll(readLine)),
    menuPrompt: part(SubCode.menuPrompt, (reader) => ({
      seconds: reader.uint8("timeout"),
      text: reader.bytes(reader.remaining, "prompt").toString("latin1"),
    })),
    bootItem: part(SubCode.bootItem, (reader) => ({ type: reader.uint16("type"), layer: reader.uint16("layer") })),
  };
}

/** @returns undefined also where octets are missing or left over */
function readPart<T>(octets: Buffer | undefined, read: (reader: ByteReader) => T): T | undefined {
  if (octets === undefined) return undefined;
  const reader = new ByteReader(octets);
  try {
    const found = read(reader);
    return reader.remaining === 0 ? found : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function readAll<T>(read: (reader: ByteReader) => T): (reader: ByteReader) => readonly T[] {
  return (reader) => {
    const found: T[] = [];
    while (reader.remaining > 0) found.push(read(reader));
    return found;
  };
}

function readServer(reader: ByteReader): { readonly type: BootServerType; readonly addresses: readonly Ipv4[] } {
  const type = reader.uint16("boot server type");
  const count = reader.uint8("number of addresses");
  return { type, addresses: Array.from({ length: count }, () => toIpv4(reader.uint32("boot server"))) };
}

function readLine(reader: ByteReader): { readonly type: BootServerType; readonly label: string } {
  const type = reader.uint16("boot server type");
  return { type, label: reader.bytes(reader.uint8("label length"), "label").toString("utf8") };
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

function uint32(address: Ipv4): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(address);
  return octets;
}
