import { parseDomain } from "../../options/encodings.js";
import { nameInClientId } from "../../machine/client-id.js";
import type { Identity } from "../../machine/lease-key.js";
import { isUnicast, parseIpv4, type Ipv4 } from "../../net/ipv4.js";
import { parseNetmask } from "../../net/subnet.js";
import type { Host } from "../host.js";

/** A question to the API. */
export interface ApiQuery {
  readonly mac: string;
  readonly client: string;
}

/**
 * Returns the query about a machine. api-dhcpd means a name by `client`, and pybootd's API takes an identifier in
 * hexadecimal, too.
 */
export function queryAbout({ mac, clientId }: Identity): ApiQuery {
  return { mac, client: clientId === undefined ? "" : (nameInClientId(clientId) ?? clientId) };
}

/** The longest lease that DHCP can express, which means "for ever" (RFC 2131 3.3). */
const FOR_EVER_SECONDS = 0xffffffff;

/** A host name that a machine can be told. */
const HOST_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/i;

/**
 * Reads the answer of an API of api-dhcpd. A parameter that is wrong is left out. `broadcast` is not read: api-dhcpd
 * writes the network's address there.
 *
 * @param source the name of the API, for the host's origin
 * @returns undefined for a machine that it has no address for
 * @throws {Error} where the answer is none, or its address is no machine's
 */
export function hostIn(answer: string, who: Identity, source: string): Host | undefined {
  const fields = fieldsOf(answer);
  const method = textOf(fields, "method");
  const ip = textOf(fields, "ip");
  if (ip === "" && method !== "ByClientID" && method !== "ByHardwareAddress") return undefined;
  const address = parseIpv4(ip);
  if (ip !== "" && (address === undefined || !isUnicast(address))) {
    throw new Error(`ip: expected the address of a machine, got ${JSON.stringify(ip)}`);
  }
  const { clientId } = who;
  const hostName = textOf(fields, "hostname");
  return {
    ...(method === "ByClientID" && clientId !== undefined ? { macs: [], clientId } : { macs: [who.mac] }),
    address,
    hostName: HOST_NAME.test(hostName) ? hostName : undefined,
    facts: {
      mask: parseNetmask(textOf(fields, "prefix")),
      router: addressesIn(textOf(fields, "gateway"))?.[0],
      dns: addressesIn(textOf(fields, "dns")),
      domainSearch: domainsIn(textOf(fields, "domain")),
      ntp: addressesIn(textOf(fields, "ntp")),
      leaseSeconds: secondsIn(fields["leasetime"]),
    },
    netboot: {},
    origins: [{ source, line: undefined }],
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws {Error} where the answer is no JSON object */
function fieldsOf(answer: string): Fields {
  try {
    const value = JSON.parse(answer) as unknown;
    if (typeof value === "object" && value !== null && "mac" in value) return { ...value };
  } catch {
    // It is told below.
  }
  throw new Error(`expected an answer of api-dhcpd, got ${JSON.stringify(answer.slice(0, 60))}`);
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value.trim() : "";
}

/** Returns a list with commas between; undefined where it is empty or one of its items is wrong. */
function listIn<T>(text: string, parse: (item: string) => T | undefined): readonly T[] | undefined {
  if (text === "") return undefined;
  const items = text.split(",").map((item) => parse(item.trim()));
  return items.every((item) => item !== undefined) ? items : undefined;
}

function addressesIn(text: string): readonly Ipv4[] | undefined {
  return listIn(text, (item) => {
    const address = parseIpv4(item);
    return address !== undefined && isUnicast(address) ? address : undefined;
  });
}

function domainsIn(text: string): readonly string[] | undefined {
  return listIn(text, (item) => (parseDomain(item) === undefined ? undefined : item));
}

/** Returns the seconds in nanoseconds; undefined where there is not one. */
function secondsIn(nanoseconds: unknown): number | undefined {
  if (typeof nanoseconds !== "number" || nanoseconds < 1e9) return undefined;
  const seconds = Math.floor(nanoseconds / 1e9);
  return seconds >= FOR_EVER_SECONDS ? Infinity : seconds;
}
