import { parseDomain } from "../options/encodings.js";
import type { Codec } from "../config/values.js";
import { isUnicast, parseIpv4, type Ipv4 } from "../net/ipv4.js";

/** The address of a machine. */
export const machineAddress: Codec<Ipv4> = {
  expected: "the IPv4 address of a machine such as 192.168.1.20",
  parse(text) {
    const address = parseIpv4(text);
    return address !== undefined && isUnicast(address) ? address : undefined;
  },
};

/** The name of a domain. */
export const domainName: Codec<string> = {
  expected: "a domain name such as example.com",
  parse: (text) => (parseDomain(text) === undefined ? undefined : text),
};

/** The host name that a machine is told. */
export const hostName: Codec<string> = {
  expected: "a host name of at most 63 letters, digits, dots and hyphens",
  parse: (text) => (/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/i.test(text) ? text : undefined),
};
