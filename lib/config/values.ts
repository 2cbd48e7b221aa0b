import { isAbsolute, resolve } from "node:path";
import { parseMacPattern, parseUuidPattern, type BitPattern } from "../net/bit-pattern.js";
import { parseIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { parseMac, type Mac } from "../net/mac.js";
import { parseNetmask, Subnet } from "../net/subnet.js";
import type { Endpoint } from "../os/udp.js";

/** The context of a value's text. */
export interface ValueContext {
  /** The folder of the configuration file; relative paths begin there. */
  readonly directory: string;
}

/** The format of one kind of value. */
export interface Codec<T> {
  /** A description of a valid value, as the completion of "expected …". */
  readonly expected: string;
  /** @returns the value, or undefined where the text is not valid */
  parse(text: string, context: ValueContext): T | undefined;
  /** Returns a suggestion for an invalid text, where there is better advice than what is expected. */
  hint?(text: string): string | undefined;
  /** Returns a text without its secrets, for messages; by default all of it is shown. */
  shown?(text: string): string;
}

/** A source of files: a folder of this host (an absolute path), or everything below a URL, which ends with a slash. */
export type Root = { readonly kind: "folder"; readonly path: string } | { readonly kind: "url"; readonly url: URL };

/** A file of this host (an absolute path), or one at a URL. */
export type FileOrUrl = { readonly kind: "file"; readonly path: string } | { readonly kind: "url"; readonly url: URL };

const TRUE = ["on", "high", "true", "enable", "enabled", "yes", "1"];
const FALSE = ["off", "low", "false", "disable", "disabled", "no", "0"];

export const boolean: Codec<boolean> = {
  expected: "yes or no",
  parse(text) {
    const word = text.toLowerCase();
    if (TRUE.includes(word)) return true;
    return FALSE.includes(word) ? false : undefined;
  },
};

export const text: Codec<string> = {
  expected: "a text",
  parse: (value) => (value === "" ? undefined : value),
};

/** A text, or one in double quotes that may begin and end with blanks. */
export const quoted: Codec<string> = {
  expected: "a text, in double quotes where blanks begin or end it",
  parse: (value, context) => /^"(.+)"$/.exec(value)?.[1] ?? text.parse(value, context),
};

export const ipv4: Codec<Ipv4> = { expected: "an IPv4 address such as 192.168.1.100", parse: parseIpv4 };

export const netmask: Codec<Ipv4> = {
  expected: "a netmask such as 255.255.255.0 or /24",
  // Rejects 0.0.0.0: a network of all addresses would have no other network to route to.
  parse(value) {
    const mask = parseNetmask(value);
    return mask === UNSPECIFIED ? undefined : mask;
  },
};

export const mac: Codec<Mac> = { expected: "a MAC address such as 00-1E-4F-C4-95-EE", parse: parseMac };

/** A reserved address, and the host name to send to the client, where there is one. */
export interface Reserved {
  readonly address: Ipv4;
  readonly hostName: string | undefined;
}

export const reserved: Codec<Reserved> = {
  expected: "an IPv4 address such as 192.168.1.100, optionally followed by a host name",
  parse(value) {
    const [, quad = "", hostName] = /^(\S+)(?:[\s,]+([a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?))?$/i.exec(value) ?? [];
    const address = parseIpv4(quad);
    return address === undefined ? undefined : { address, hostName };
  },
};

/** Consecutive addresses. */
export interface Range {
  readonly start: Ipv4;
  readonly count: number;
}

export const range: Codec<Range> = {
  expected: "a range of addresses such as 192.168.1.100-192.168.1.199",
  parse(value) {
    const [first, last] = value.split("-").map((part) => parseIpv4(part.trim()));
    if (value.split("-").length !== 2 || first === undefined || last === undefined || last < first) return undefined;
    return { start: first, count: last - first + 1 };
  },
};

export const subnet: Codec<Subnet> = {
  expected: "a network such as 10.1.0.0/16",
  parse(value) {
    const [network = "", bits = "", ...more] = value.split("/");
    const address = parseIpv4(network.trim());
    const mask = parseNetmask(bits.trim());
    if (address === undefined || mask === undefined || more.length > 0) return undefined;
    const parsed = Subnet.holding(address, mask);
    return parsed.network === address ? parsed : undefined;
  },
};

/** A network, or one address as a network of its own (/32). */
export const addressOrSubnet: Codec<Subnet> = {
  expected: "an IPv4 address or a network such as 10.1.0.0/16",
  parse: (value, context) => subnet.parse(value.includes("/") ? value : `${value}/32`, context),
};

export const macPattern: Codec<BitPattern> = {
  expected: "a MAC address such as 00-1E-4F-C4-95-EE, or its first octets with a number of bits such as 00-1E-4F/24",
  parse: parseMacPattern,
};

export const uuidPattern: Codec<BitPattern> = {
  expected: "a UUID such as 12345678-abcd-ef00-1111-abcdefabcdef, optionally with /bits",
  parse: parseUuidPattern,
};

export const port: Codec<number> = integer(1, 65535, "a port from 1 to 65535");

/** Makes a codec for whole numbers within bounds, both included. */
export function integer(
  minimum: number,
  maximum: number,
  expected = `a whole number from ${minimum} to ${maximum}`,
): Codec<number> {
  return {
    expected,
    parse(value) {
      const number = Number(value);
      return /^[0-9]+$/.test(value) && number >= minimum && number <= maximum ? number : undefined;
    },
  };
}

const SECONDS_IN = { "": 1, s: 1, m: 60, h: 3600, d: 86400 };

/**
 * Makes a codec for times in seconds, at least `minimum`: plain (`86400`, `2.5`), or with a unit (`90s`, `15m`, `12h`,
 * `7d`).
 */
export function duration(minimum: number): Codec<number> {
  return {
    expected: `a time such as 90, 90s, 15m, 12h or 7d, at least ${minimum} s`,
    parse(value) {
      const [, count = "", unit = ""] = /^([0-9]+(?:\.[0-9]+)?)\s*([smhd]?)$/i.exec(value) ?? [];
      const seconds = Number(count) * SECONDS_IN[unit.toLowerCase() as keyof typeof SECONDS_IN];
      return count !== "" && seconds >= minimum ? seconds : undefined;
    },
  };
}

/** A lease time: one second or more, or `Infinity` for "infinite". */
export const leaseTime: Codec<number> = {
  expected: `${duration(1).expected}, or infinite`,
  parse: (value, context) => (value.toLowerCase() === "infinite" ? Infinity : duration(1).parse(value, context)),
};

const OCTETS_IN = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A number of octets: plain, or with a unit (`64K`, `16MiB`, `2G`), each 1024 times the one before. */
export const size: Codec<number> = {
  expected: "a size such as 65536, 64K, 16MiB or 2G",
  parse(value) {
    const [, count = "", unit = ""] = /^([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(value) ?? [];
    return count === ""
      ? undefined
      : Math.round(Number(count) * OCTETS_IN[unit.toLowerCase() as keyof typeof OCTETS_IN]);
  },
};

/** Makes a codec for a few words, in any case. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Codec<Word> {
  return {
    expected: `one of ${words.join(", ")}`,
    parse: (value) => words.find((word) => word === value.toLowerCase()),
  };
}

/** Makes a codec that also accepts other words that PyBootd's files use for the same values. */
export function orAlso<Word extends string>(
  codec: Codec<Word>,
  also: Readonly<Record<string, NoInfer<Word>>>,
): Codec<Word> {
  return {
    ...codec,
    parse: (value, context) => codec.parse(value, context) ?? new Map(Object.entries(also)).get(value.toLowerCase()),
  };
}

/** Makes a codec for several values, separated by `;` or a comma. */
export function listOf<T>(item: Codec<T>): Codec<readonly T[]> {
  return {
    expected: `${item.expected}, or several with ; between`,
    parse(value, context) {
      const items = value.split(/[;,]/).map((part) => item.parse(part.trim(), context));
      return items.every((parsed) => parsed !== undefined) ? items : undefined;
    },
  };
}

/** Makes a codec that also accepts a word with a meaning of its own. */
export function orWord<T, const Word extends string>(word: Word, codec: Codec<T>): Codec<T | Word> {
  return {
    expected: `${codec.expected}, or ${word}`,
    parse: (value, context) => (value.toLowerCase() === word ? word : codec.parse(value, context)),
  };
}

export const endpoint: Codec<Endpoint> = {
  expected: "an address and a port such as 192.168.1.5:12345",
  parse(value, context) {
    const [, host = "", portText = ""] = /^([^:]+):([0-9]+)$/.exec(value) ?? [];
    const address = parseIpv4(host);
    const number = port.parse(portText, context);
    return address === undefined || number === undefined ? undefined : { address, port: number };
  },
};

/** A path of this host, made absolute; relative paths begin at the folder of the configuration file. */
export const path: Codec<string> = {
  expected: "a path",
  parse: (value, context) => (value === "" ? undefined : resolve(context.directory, value)),
};

/** An http or https URL; one without a scheme, as PyBootd writes `location`, is read as http. */
export const webUrl: Codec<URL> = {
  expected: "a URL such as http://127.0.0.1:13400, or a host with an optional port",
  parse(value) {
    return parseWebUrl(/^[a-z]+:\/\//i.test(value) ? value : `http://${value}`);
  },
};

export const root: Codec<Root> = {
  expected: "a folder (absolute, or relative to this file's folder) or a URL that begins with http:// or https://",
  parse(value, context) {
    if (!/^[a-z]+:\/\//i.test(value)) {
      const folder = path.parse(value, context);
      return folder === undefined ? undefined : { kind: "folder", path: folder };
    }
    const url = parseWebUrl(value.endsWith("/") ? value : `${value}/`);
    return url === undefined ? undefined : { kind: "url", url };
  },
};

/** A file of this host, or one at a URL. */
export const fileOrUrl: Codec<FileOrUrl> = {
  expected: "a path, or a URL that begins with http:// or https://",
  parse(value, context) {
    if (!/^[a-z]+:\/\//i.test(value)) {
      const file = path.parse(value, context);
      return file === undefined ? undefined : { kind: "file", path: file };
    }
    const url = parseWebUrl(value);
    return url === undefined ? undefined : { kind: "url", url };
  },
};

/** Whether a path, as the user wrote it, says where it begins: it is absolute, or begins with `./` or `../`. */
export function isAnchored(value: string): boolean {
  return isAbsolute(value) || value.startsWith("./") || value.startsWith("../");
}

function parseWebUrl(value: string): URL | undefined {
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}
