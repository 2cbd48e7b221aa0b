/**
 * DHCP packets by hand: requests are written and replies are read octet by octet, without a line of lib/dhcp, so that a
 * mistake there is not made here too.
 */

/** The fields of a request; by default those of an Ethernet client without an address. */
export interface RequestFields {
  readonly op?: number;
  readonly htype?: number;
  readonly hlen?: number;
  readonly hops?: number;
  readonly xid?: number;
  readonly secs?: number;
  readonly flags?: number;
  readonly ciaddr?: string;
  readonly yiaddr?: string;
  readonly giaddr?: string;
  /** Hexadecimal, with or without colons. */
  readonly chaddr?: string;
  readonly sname?: string;
  readonly file?: string;
  /** Code and value, the latter in hexadecimal, in the order they are sent. */
  readonly options?: readonly (readonly [code: number, value: string])[];
  /** The octets after the cookie, instead of `options` and the end option. */
  readonly tail?: string;
  /** The octets after the fixed fields, instead of the cookie and all options. */
  readonly vendor?: string;
}

/** The MAC address of the machine that asks, where a test does not say. */
export const MAC = "52:54:00:aa:bb:01";

export function makeRequest(fields: RequestFields = {}): Buffer {
  const { op = 1, htype = 1, hlen = 6, hops = 0, xid = 0x12345678, secs = 0, flags = 0 } = fields;
  const encoded = (fields.options ?? []).map(([code, value]) => hex([code, value.length / 2]) + value).join("");
  const tail = fields.tail ?? `${encoded}ff`;
  return Buffer.concat([
    Buffer.from(hex([op, htype, hlen, hops]), "hex"),
    Buffer.from(xid.toString(16).padStart(8, "0"), "hex"),
    Buffer.from(hex([secs >> 8, secs & 255, flags >> 8, flags & 255]), "hex"),
    Buffer.from(quad(fields.ciaddr) + quad(fields.yiaddr) + quad(undefined) + quad(fields.giaddr), "hex"),
    padded(Buffer.from((fields.chaddr ?? MAC).replaceAll(":", ""), "hex"), 16),
    padded(Buffer.from(fields.sname ?? "", "latin1"), 64),
    padded(Buffer.from(fields.file ?? "", "latin1"), 128),
    Buffer.from(fields.vendor ?? `63825363${tail}`, "hex"),
  ]);
}

/** A reply as its octets are. */
export interface Reply {
  readonly op: number;
  readonly htype: number;
  readonly hlen: number;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  readonly flags: number;
  readonly ciaddr: string;
  readonly yiaddr: string;
  readonly siaddr: string;
  readonly giaddr: string;
  /** All sixteen octets in hexadecimal. */
  readonly chaddr: string;
  readonly sname: string;
  readonly file: string;
  /** Codes in their order, and the pads between them as 0. */
  readonly codes: readonly number[];
  /** Values in hexadecimal by code. */
  readonly options: ReadonlyMap<number, string>;
  /** The length of the whole. */
  readonly size: number;
}

/**
 * Reads a reply, and insists on what every reply has to be: 300 octets or more (A4), options with an end and zeros
 * after it (A5), no option twice but for the parts of a long one, none that servers must not send (A20).
 */
export function readReply(data: Buffer): Reply {
  if (data.length < 300) throw new Error(`a reply of ${data.length} octets`);
  if (data.toString("hex", 236, 240) !== "63825363") throw new Error("a reply without the cookie");
  const { codes, options } = readOptions(data);
  return {
    op: data.readUInt8(0),
    htype: data.readUInt8(1),
    hlen: data.readUInt8(2),
    hops: data.readUInt8(3),
    xid: data.readUInt32BE(4),
    secs: data.readUInt16BE(8),
    flags: data.readUInt16BE(10),
    ciaddr: dotted(data, 12),
    yiaddr: dotted(data, 16),
    siaddr: dotted(data, 20),
    giaddr: dotted(data, 24),
    chaddr: data.toString("hex", 28, 44),
    sname: terminated(data.subarray(44, 108)),
    file: terminated(data.subarray(108, 236)),
    codes,
    options,
    size: data.length,
  };
}

function readOptions(data: Buffer): Pick<Reply, "codes" | "options"> {
  const codes: number[] = [];
  const options = new Map<number, string>();
  let offset = 240;
  for (let code = data.readUInt8(offset); code !== 255; code = data.readUInt8(offset)) {
    codes.push(code);
    offset += 1;
    if (code === 0) continue;
    const end = offset + 1 + data.readUInt8(offset);
    const former = options.get(code);
    // A long value goes on in the next instance, which only follows a full one (RFC 3396 6).
    const goesOn = former !== undefined && former.length % 510 === 0 && codes.at(-2) === code;
    if ((former !== undefined && !goesOn) || [50, 52, 55, 57].includes(code))
      throw new Error(`a reply with an undue option ${code}`);
    options.set(code, (former ?? "") + data.toString("hex", offset + 1, end));
    offset = end;
  }
  if (data.subarray(offset + 1).some((octet) => octet !== 0)) throw new Error("a reply with octets after its end");
  return { codes, options };
}

/** Text as the value of an option. */
export function text(value: string): string {
  return Buffer.from(value, "latin1").toString("hex");
}

/** An address as the value of an option; 0.0.0.0 for none. */
export function quad(address = "0.0.0.0"): string {
  return hex(address.split(".").map(Number));
}

function hex(octets: readonly number[]): string {
  return Buffer.from(octets).toString("hex");
}

function dotted(data: Buffer, offset: number): string {
  return [...data.subarray(offset, offset + 4)].join(".");
}

function padded(octets: Buffer, size: number): Buffer {
  return Buffer.concat([octets, Buffer.alloc(size)], size);
}

/** A field that a NUL ends; one without would be read on by a client. */
function terminated(field: Buffer): string {
  const end = field.indexOf(0);
  if (end < 0) throw new Error("a reply with a field that no NUL ends");
  if (field.subarray(end).some((octet) => octet !== 0)) throw new Error("a reply with octets after the NUL of a field");
  return field.toString("latin1", 0, end);
}
