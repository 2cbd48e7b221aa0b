import { listOf, type Codec } from "../../config/values.js";
import { clientIdFromOctets, type ClientId } from "../../machine/client-id.js";
import { parseNetmask } from "../../net/subnet.js";
import { parseMac, type Mac } from "../../net/mac.js";
import type { Ipv4 } from "../../net/ipv4.js";
import type { HostFacts } from "../host.js";
import { domainName, hostName, machineAddress } from "../host-values.js";
import { parseGoDuration } from "./go-duration.js";

/** The fields of a hash. */
export type HashFields = ReadonlyMap<string, string>;

/** The group of machines that name none. */
export const DEFAULT_GROUP = "default";

/** The prefixes of the keys of groups and machines; groups come first, since machines have their options. */
export const PREFIXES = ["group:", "client:", "mac:"] as const;

/** The record of a machine's key. */
export interface MachineRecord {
  /** Undefined for `client:` keys. */
  readonly mac: Mac | undefined;
  /** The host name that the machine sends (option 12); undefined for `mac:` keys. */
  readonly name: string | undefined;
  readonly address: Ipv4 | undefined;
  readonly hostName: string | undefined;
  readonly group: string;
}

/** A key that was read: what it says, and a reason for each part that is wrong and left out. */
export interface Parsed<T> {
  /** Undefined where the whole key is left out. */
  readonly value: T | undefined;
  readonly problems: readonly string[];
}

const goDuration: Codec<number> = {
  expected: "a time with its unit such as 24h or 1h30m, at least 1s",
  parse(text) {
    const seconds = parseGoDuration(text);
    return seconds === undefined || seconds < 1 ? undefined : Math.floor(seconds);
  },
};

const prefix: Codec<Ipv4> = {
  expected: "the length of a network's prefix from 1 to 32",
  parse: (text) => (/^(?:[1-9]|[12][0-9]|3[0-2])$/.test(text) ? parseNetmask(text) : undefined),
};

const CONTEXT = { directory: "" };

/** Parses a `group:` hash of api-dhcpd. A field that is wrong is left out; the others count. */
export function parseGroup(fields: HashFields): Parsed<HostFacts> {
  const reader = new FieldReader(fields);
  const value = {
    leaseSeconds: reader.one("lease-time", goDuration),
    router: reader.one("gateway", machineAddress),
    dns: reader.one("dns", listOf(machineAddress)),
    domainSearch: reader.one("domain", listOf(domainName)),
    ntp: reader.one("ntp", listOf(machineAddress)),
    mask: reader.one("prefix", prefix),
  };
  return { value, problems: reader.problems };
}

/**
 * Parses a `mac:` or `client:` hash of api-dhcpd. A machine whose address is wrong is left out; another field that is
 * wrong is left out alone.
 */
export function parseMachine(key: string, fields: HashFields): Parsed<MachineRecord> {
  const [, kind = "", id = ""] = /^([a-z]+):(.*)$/s.exec(key) ?? [];
  const mac = kind === "mac" ? parseMac(id) : undefined;
  if (kind === "mac" && mac === undefined) return left("expected mac: and a MAC address");
  if (kind === "client" && identifierOf(id) === undefined) return left("expected client: and a host name");
  const reader = new FieldReader(fields);
  const address = reader.one("ip", machineAddress);
  if (reader.problems.length > 0) return { value: undefined, problems: reader.problems };
  const group = fields.get("group") ?? "";
  const value = {
    mac,
    name: kind === "client" ? id : undefined,
    address,
    hostName: reader.one("hostname", hostName),
    group: group === "" ? DEFAULT_GROUP : group,
  };
  return { value, problems: reader.problems };
}

/**
 * Returns the client identifier that stands for a host name: type 0, which is for identifiers that are no hardware address
 * (RFC 2132 9.14).
 */
export function identifierOf(name: string): ClientId | undefined {
  return name === "" ? undefined : clientIdFromOctets(Buffer.from(`\0${name}`));
}

function left(reason: string): Parsed<never> {
  return { value: undefined, problems: [reason] };
}

/** Reads the fields of a hash; an empty one is absent. */
class FieldReader {
  readonly problems: string[] = [];
  readonly #fields: HashFields;

  constructor(fields: HashFields) {
    this.#fields = fields;
  }

  one<T>(name: string, codec: Codec<T>): T | undefined {
    const text = this.#fields.get(name)?.trim() ?? "";
    if (text === "") return undefined;
    const parsed = codec.parse(text, CONTEXT);
    if (parsed === undefined) this.problems.push(`${name}: expected ${codec.expected}, got ${JSON.stringify(text)}`);
    return parsed;
  }
}
