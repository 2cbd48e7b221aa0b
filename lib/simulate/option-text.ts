import { decodeDomains } from "../options/encodings.js";
import { knownOptions, type OptionType } from "../options/registry.js";
import { describeArchitecture } from "../machine/architecture.js";
import { ipxeFacts } from "../options/ipxe.js";
import { MessageType } from "../dhcp/message.js";
import { decodePxeOptions, Discovery } from "../options/pxe.js";
import { escapeUnprintable } from "../common/printable.js";
import { counted } from "../common/counted.js";
import { formatIpv4, toIpv4 } from "../net/ipv4.js";
import { uuidFromOption } from "../net/uuid.js";

/** Formats the value of an option by its type in IANA's registry; in hexadecimal where it does not fit the type. */
export function optionText(code: number, value: Buffer): string {
  const reader = READERS[knownOptions.get(code)?.type ?? "octets"];
  try {
    return escapeUnprintable(reader(value));
  } catch {
    return octets(value);
  }
}

/** Returns the name of a message type, such as `DHCPOFFER`. */
export function messageName(type: number | undefined): string {
  const name = Object.entries(MessageType).find(([, each]) => each === type)?.[0];
  return name === undefined ? "a BOOTP reply" : `DHCP${name.toUpperCase()}`;
}

type Reader = (value: Buffer) => string;

/** An infinite time (RFC 2131 3.3). */
const INFINITE = 0xffffffff;

/** The formatters of the option types; each throws where the value does not fit the type. */
const READERS: Readonly<Record<OptionType, Reader>> = {
  ipv4: addresses,
  ipv4s: addresses,
  pairs: addresses,
  boolean: (value) => (value.readUInt8(0) === 0 ? "off" : "on"),
  uint8: whole(1),
  uint16: whole(2),
  uint16s: (value) => pieces(value, 2).map(whole(2)).join(", "),
  uint32: whole(4),
  int32: (value) => value.readInt32BE(0).toString(),
  text,
  uri: text,
  domain: domains,
  domains,
  search: domains,
  routes,
  sip: octets,
  seconds,
  blocks: (value) => `${counted(value.readUInt16BE(0), "block")} of 512 octets`,
  codes: (value) => [...value].join(" "),
  "message-type": (value) => messageName(value.readUInt8(0)),
  architectures: (value) =>
    pieces(value, 2)
      .map((each) => describeArchitecture(each.readUInt16BE(0)))
      .join(", "),
  uuid: (value) => uuidFromOption(value) ?? octets(value),
  pxe: pxeText,
  ipxe: ipxeText,
  octets,
};

function pxeText(value: Buffer): string {
  const { discoveryControl, bootServers = [], bootMenu = [], menuPrompt, bootItem } = decodePxeOptions(value);
  const parts = [
    ...(discoveryControl === undefined
      ? []
      : [`6 discovery control ${discoveryControl}${controlText(discoveryControl)}`]),
    ...bootServers.map(({ type, addresses: all }) => `8 boot server ${hex(type)} at ${all.map(formatIpv4).join(", ")}`),
    ...bootMenu.map(({ type, label }) => `9 menu ${hex(type)} ${JSON.stringify(label)}`),
    ...(menuPrompt === undefined ? [] : [`10 prompt ${JSON.stringify(menuPrompt.text)}, ${menuPrompt.seconds} s`]),
    ...(bootItem === undefined ? [] : [`71 boot item ${hex(bootItem.type)}`]),
  ];
  return parts.length === 0 ? octets(value) : parts.join("; ");
}

function controlText(control: number): string {
  return (control & Discovery.useBootFile) === 0 ? "" : " (take the boot file at once)";
}

function ipxeText(value: Buffer): string {
  const { features, version } = ipxeFacts(value);
  const parts = [...(version === undefined ? [] : [`iPXE ${version}`]), ...features];
  return parts.length === 0 ? octets(value) : parts.join(" ");
}

function seconds(value: Buffer): string {
  const count = value.readUInt32BE(0);
  return count === INFINITE ? "for ever" : `${count} s`;
}

function whole(size: 1 | 2 | 4): Reader {
  return (value) => value.readUIntBE(0, size).toString();
}

function addresses(value: Buffer): string {
  return pieces(value, 4)
    .map((each) => formatIpv4(toIpv4(each.readUInt32BE(0))))
    .join(", ");
}

/**
 * Splits a value into pieces of equal size. @throws {RangeError} where it is empty or its length is not a multiple of
 * the size
 */
function pieces(value: Buffer, size: number): readonly Buffer[] {
  if (value.length === 0 || value.length % size !== 0) throw new RangeError("the value is cut short");
  return Array.from({ length: value.length / size }, (_, index) => value.subarray(index * size, (index + 1) * size));
}

function text(value: Buffer): string {
  const end = value.at(-1) === 0 ? " (a NUL ends it)" : "";
  return value.toString("utf8").replace(/\0+$/, "") + end;
}

/** Formats domain names. @throws {RangeError} where the value is truncated or a pointer loops */
function domains(value: Buffer): string {
  return decodeDomains(value).join(", ");
}

/** Formats classless static routes (RFC 3442). */
function routes(value: Buffer): string {
  const all: string[] = [];
  for (let offset = 0; offset < value.length;) {
    const width = value.readUInt8(offset);
    const size = Math.ceil(width / 8);
    const network = Buffer.concat([value.subarray(offset + 1, offset + 1 + size), Buffer.alloc(4)], 4);
    const router = value.readUInt32BE(offset + 1 + size);
    all.push(`${formatIpv4(toIpv4(network.readUInt32BE(0)))}/${width} via ${formatIpv4(toIpv4(router))}`);
    offset += 5 + size;
  }
  return all.join(", ");
}

function octets(value: Buffer): string {
  return value.length === 0 ? "(empty)" : `0x${value.toString("hex")}`;
}

function hex(type: number): string {
  return `0x${type.toString(16).padStart(4, "0")}`;
}
