import { parseIpv4, type Ipv4 } from "../net/ipv4.js";
import {
  encodeAddresses,
  encodeDomains,
  encodeRoutes,
  encodeSearchList,
  parseDomain,
  parseRoute,
} from "./encodings.js";
import type { OptionType } from "./registry.js";
import { boolean, integer, type Codec } from "../config/values.js";

/** The codec for a domain name (RFC 1035), as its labels. */
export const domainName: Codec<readonly string[]> = {
  expected: "a domain name such as example.org",
  parse: (text) => parseDomain(text),
};

/** Longest value in octets: a longer one does not fit a datagram beside the rest of a reply. */
const LONGEST_VALUE = 1024;

const context = { directory: "/" };

const octets: Codec<Buffer> = {
  expected:
    "octets such as 0x0601080a, or with their type before them: text:…, uint8:…, uint16:…, uint32:…, int32:…, ipv4:…, domains:…",
  parse: parseTyped,
};

/** The codecs by value type, from text to octets. */
const CODECS: Readonly<Record<OptionType, Codec<Buffer>>> = {
  ipv4: {
    expected: "an IPv4 address such as 10.0.0.1",
    parse: (text) => map(parseIpv4(text), (address) => encodeAddresses([address])),
  },
  ipv4s: {
    expected: "IPv4 addresses with ; between, such as 10.0.0.1; 10.0.0.2",
    parse: (text) => map(all(text, parseIpv4), encodeAddresses),
  },
  pairs: {
    expected: "pairs of IPv4 addresses with ; between, such as 10.1.2.3 10.0.0.1; 10.1.2.4 10.0.0.1",
    parse: (text) => map(all(text, parsePair), (pairs) => encodeAddresses(pairs.flat())),
  },
  boolean: {
    expected: boolean.expected,
    parse: (text) => map(boolean.parse(text, context), (on) => Buffer.from([on ? 1 : 0])),
  },
  uint8: unsigned(1),
  uint16: unsigned(2),
  uint16s: {
    expected: "whole numbers from 0 to 65535 with ; between",
    parse: (text) =>
      map(
        all(text, (item) => unsigned(2).parse(item, context)),
        (numbers) => Buffer.concat(numbers),
      ),
  },
  uint32: unsigned(4),
  seconds: unsigned(4),
  blocks: unsigned(2),
  int32: {
    expected: "a whole number from -2147483648 to 2147483647",
    parse(text) {
      const number = Number(text);
      if (!/^[+-]?[0-9]+$/.test(text) || number !== (number | 0)) return undefined;
      const value = Buffer.alloc(4);
      value.writeInt32BE(number);
      return value;
    },
  },
  text: {
    expected: "a text of ASCII letters",
    parse: (text) => (/^[\x20-\x7e]+$/.test(text) ? Buffer.from(text) : undefined),
  },
  uri: {
    expected: "a URI such as https://portal.example.org/",
    parse: (text) => (/^[\x21-\x7e]+$/.test(text) && URL.canParse(text) ? Buffer.from(text) : undefined),
  },
  domain: {
    expected: domainName.expected,
    parse: (text) => map(parseDomain(text), (labels) => encodeDomains([labels])),
  },
  domains: {
    expected: "domain names with ; between, such as a.example; b.example",
    parse: (text) => map(all(text, parseDomain), encodeDomains),
  },
  search: {
    expected: "domain names with ; between, such as a.example; b.example",
    parse: (text) => map(all(text, parseDomain), encodeSearchList),
  },
  routes: {
    expected: "routes with ; between, such as 10.17.0.0/16 via 10.0.0.1; 0.0.0.0/0 via 10.0.0.254",
    parse: (text) => map(all(text, parseRoute), encodeRoutes),
  },
  sip: { expected: "IPv4 addresses, or domain names, with ; between", parse: parseSip },
  octets,
  pxe: octets,
  ipxe: octets,
  // A file cannot set options of these types.
  codes: octets,
  "message-type": octets,
  architectures: octets,
  uuid: octets,
};

/** Returns the codec for an option type; every type also accepts octets as `0x…`. */
export function optionValue(type: OptionType): Codec<Buffer> {
  const codec = CODECS[type];
  const expected = type === "octets" ? codec.expected : `${codec.expected}, or octets such as 0x0a000001`;
  return {
    expected,
    parse(text) {
      const value = parseOctets(text) ?? codec.parse(text, context);
      return value !== undefined && value.length > 0 && value.length <= LONGEST_VALUE ? value : undefined;
    },
  };
}

/** Parses a text as a value of a type. @returns undefined where it is not valid */
export function parseOptionValue(type: OptionType, text: string): Buffer | undefined {
  return optionValue(type).parse(text, context);
}

/** The type prefixes in values of options that have no type of their own. */
const PREFIXES: Readonly<Record<string, OptionType>> = {
  text: "text",
  uint8: "uint8",
  uint16: "uint16",
  uint32: "uint32",
  int32: "int32",
  ipv4: "ipv4s",
  domains: "domains",
};

function parseTyped(text: string): Buffer | undefined {
  const [, prefix = "", rest = ""] = /^([a-z0-9]+):\s*([^]*)$/i.exec(text) ?? [];
  const type = PREFIXES[prefix.toLowerCase()];
  return type === undefined ? undefined : CODECS[type].parse(rest, context);
}

/** Parses octets such as `0x0601080a`; blanks and line breaks may separate the digits. */
function parseOctets(text: string): Buffer | undefined {
  const digits = /^0x((?:\s*[0-9a-f]{2})+)$/i.exec(text)?.[1];
  return digits === undefined ? undefined : Buffer.from(digits.replace(/\s/g, ""), "hex");
}

/** Encodes SIP servers: the first octet is 0 for names, 1 for addresses (RFC 3361 3). */
function parseSip(text: string): Buffer | undefined {
  const addresses = all(text, parseIpv4);
  if (addresses !== undefined) return Buffer.concat([Buffer.from([1]), encodeAddresses(addresses)]);
  const names = all(text, (name) => (/^[0-9.]+$/.test(name) ? undefined : parseDomain(name)));
  return map(names, (domains) => Buffer.concat([Buffer.from([0]), encodeDomains(domains)]));
}

function parsePair(text: string): readonly [Ipv4, Ipv4] | undefined {
  const [first, second, ...more] = text.split(/\s+(?:via\s+)?/).map(parseIpv4);
  return first === undefined || second === undefined || more.length > 0 ? undefined : [first, second];
}

function unsigned(octets: 1 | 2 | 4): Codec<Buffer> {
  const codec = integer(0, 2 ** (octets * 8) - 1);
  return {
    expected: codec.expected,
    parse(text) {
      const value = Buffer.alloc(octets);
      return map(codec.parse(text, context), (number) => {
        value.writeUIntBE(number, 0, octets);
        return value;
      });
    },
  };
}

function all<T>(text: string, parse: (item: string) => T | undefined): readonly T[] | undefined {
  const items = text.split(/[;,]/).map((item) => parse(item.trim()));
  return items.every((item) => item !== undefined) ? items : undefined;
}

function map<T, U>(value: T | undefined, make: (value: T) => U): U | undefined {
  return value === undefined ? undefined : make(value);
}
