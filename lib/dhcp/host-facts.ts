import { encodeAddresses, encodeSearchList, parseDomain } from "../options/encodings.js";
import type { Host } from "../inventory/host.js";
import { Code } from "../options/codes.js";
import type { NetworkFacts } from "./reply.js";

/**
 * Returns the parameters for a known machine: its own settings override those of its network. In another network than
 * that of its address, its own mask, router and broadcast address are left out: they would not work there.
 */
export function factsFor(host: Host, facts: NetworkFacts): NetworkFacts {
  const { leaseSeconds } = host.facts;
  const own = hostOptions(host, facts);
  if (leaseSeconds === undefined && own.length === 0) return facts;
  const options = { ...facts.options, forAll: new Map([...facts.options.forAll, ...own]) };
  return leaseSeconds === undefined
    ? { ...facts, options }
    : { ...facts, options, leaseSeconds, leaseBounds: undefined };
}

function hostOptions({ address, facts }: Host, { subnet }: NetworkFacts): readonly (readonly [number, Buffer])[] {
  const { mask, router, dns, domain, domainSearch, ntp, broadcast } = facts;
  const options: [number, Buffer][] = [];
  if (address === undefined || subnet.contains(address)) {
    if (mask !== undefined) options.push([Code.subnetMask, encodeAddresses([mask])]);
    if (router !== undefined) options.push([Code.router, encodeAddresses([router])]);
    if (broadcast !== undefined) options.push([Code.broadcastAddress, encodeAddresses([broadcast])]);
  }
  if (dns !== undefined) options.push([Code.domainNameServer, encodeAddresses(dns)]);
  if (domain !== undefined) options.push([Code.domainName, Buffer.from(domain)]);
  if (ntp !== undefined) options.push([Code.ntpServers, encodeAddresses(ntp)]);
  const domains = domainSearch?.map(parseDomain).filter((labels) => labels !== undefined) ?? [];
  if (domains.length > 0) options.push([Code.domainSearch, encodeSearchList(domains)]);
  return options;
}
