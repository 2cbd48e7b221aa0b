import { parseIpv4, toIpv4, type Ipv4 } from "../net/ipv4.js";

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
/** Longest name in octets, with the length octets and that of the root (RFC 1035 2.3.4). */
const LONGEST_NAME = 255;
/** Farthest offset that a compression pointer can hold (RFC 1035 4.1.4). */
const FARTHEST_POINTER = 0x3fff;

/** Parses a domain name, with or without the final dot. @returns its labels; undefined where it is not a domain name */
export function parseDomain(text: string): readonly string[] | undefined {
  const labels = text.replace(/\.$/, "").split(".");
  const size = labels.reduce((sum, label) => sum + 1 + label.length, 1);
  return size <= LONGEST_NAME && labels.every((label) => LABEL.test(label)) ? labels : undefined;
}

/** Encodes domain names as RFC 1035 3.1 defines. */
export function encodeDomains(names: readonly (readonly string[])[]): Buffer {
  return Buffer.concat(names.map((labels) => Buffer.concat([encodeLabels(labels), Buffer.from([0])])));
}

/**
 * Encodes domain names for option 119. Replaces a suffix that occurred before by a pointer to it (RFC 3397 2, RFC 1035
 * 4.1.4). Pointers count from the start of the whole value.
 */
export function encodeSearchList(names: readonly (readonly string[])[]): Buffer {
  const known = new Map<string, number>();
  const parts: Buffer[] = [];
  let size = 0;
  for (const labels of names) {
    const ends = labels.map((_, index) => labels.slice(index).join(".").toLowerCase());
    const found = ends.findIndex((end) => known.has(end));
    const written = found < 0 ? labels : labels.slice(0, found);
    let offset = size;
    for (const [index, label] of written.entries()) {
      const end = ends[index];
      if (end !== undefined && offset <= FARTHEST_POINTER) known.set(end, offset);
      offset += 1 + label.length;
    }
    const pointer = known.get(ends[found] ?? "") ?? 0;
    const tail = Buffer.from(found < 0 ? [0] : [0xc0 | (pointer >> 8), pointer & 255]);
    parts.push(encodeLabels(written), tail);
    size = offset + tail.length;
  }
  return Buffer.concat(parts);
}

/** A route of option 121. */
export interface Route {
  readonly destination: Ipv4;
  /** Prefix length of the destination in bits. */
  readonly width: number;
  readonly router: Ipv4;
}

/** Parses `10.17.0.0/16 via 10.0.0.1`; `default` is 0.0.0.0/0. @returns undefined where the text is not a route */
export function parseRoute(text: string): Route | undefined {
  const [, target = "", bits = "", via = ""] =
    /^(default|[0-9.]+)(?:\/([0-9]{1,2}))?\s+(?:via\s+)?(\S+)$/i.exec(text) ?? [];
  const whole = target.toLowerCase() === "default";
  if (whole !== (bits === "")) return undefined;
  const destination = parseIpv4(whole ? "0.0.0.0" : target);
  const router = parseIpv4(via);
  const width = Number(bits);
  return destination === undefined || router === undefined || width > 32 ? undefined : { destination, width, router };
}

/** Encodes routes as RFC 3442 defines: the prefix length, the significant octets of the destination, the router. */
export function encodeRoutes(routes: readonly Route[]): Buffer {
  return Buffer.concat(
    routes.map(({ destination, width, router }) => {
      // JavaScript takes shift counts modulo 32, so a shift by 32 would shift by 0.
      const mask = width === 0 ? 0 : -1 << (32 - width);
      const network = encodeAddresses([toIpv4(destination & mask)]);
      return Buffer.concat([
        Buffer.from([width]),
        network.subarray(0, Math.ceil(width / 8)),
        encodeAddresses([router]),
      ]);
    }),
  );
}

/** Whether a value of option 121 has a default route, which it needs since clients then ignore the router option. */
export function hasDefaultRoute(routes: Buffer): boolean {
  let offset = 0;
  while (offset < routes.length) {
    const width = routes.readUInt8(offset);
    if (width === 0) return true;
    offset += 1 + Math.ceil(width / 8) + 4;
  }
  return false;
}

/**
 * Decodes domain names (RFC 1035 3.1 and 4.1.4).
 *
 * @throws {RangeError} where the value is truncated or a pointer loops
 */
export function decodeDomains(value: Buffer): readonly string[] {
  const names: string[] = [];
  for (let offset = 0; offset < value.length;) {
    const { labels, next } = nameAt(value, offset);
    names.push(labels.join("."));
    offset = next;
  }
  return names;
}

function nameAt(value: Buffer, start: number): { readonly labels: readonly string[]; readonly next: number } {
  const labels: string[] = [];
  let next: number | undefined;
  for (let offset = start; ;) {
    const length = value.readUInt8(offset);
    if (length >= 0xc0) {
      const target = value.readUInt16BE(offset) & FARTHEST_POINTER;
      // A pointer must lead back: one that does not may form a loop.
      if (target >= offset) throw new RangeError("a name turns in a circle");
      next ??= offset + 2;
      offset = target;
    } else if (length === 0) return { labels, next: next ?? offset + 1 };
    else {
      labels.push(value.toString("latin1", offset + 1, offset + 1 + length));
      offset += 1 + length;
    }
  }
}

/** Encodes addresses one after another. */
export function encodeAddresses(addresses: readonly Ipv4[]): Buffer {
  const value = Buffer.alloc(addresses.length * 4);
  addresses.forEach((address, index) => value.writeUInt32BE(address, index * 4));
  return value;
}

/** Decodes addresses one after another; ignores what is left of a length that is not a multiple of four. */
export function decodeAddresses(value: Buffer): readonly Ipv4[] {
  return Array.from({ length: Math.floor(value.length / 4) }, (_, index) => toIpv4(value.readUInt32BE(index * 4)));
}

function encodeLabels(labels: readonly string[]): Buffer {
  return Buffer.concat(labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]));
}
