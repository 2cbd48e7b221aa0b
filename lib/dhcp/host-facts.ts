import { hostOrigin, type Sourced } from "../config/origin.js";
import { encodeAddresses, encodeSearchList, parseDomain } from "../options/encodings.js";
import type { Host } from "../inventory/host.js";
import { Code } from "../options/codes.js";
import type { NetworkFacts } from "./reply-facts.js";

/**
 * Returns the parameters for a known machine: its own settings override those of its network. In another network than
 * that of its address, its own mask, router and broadcast address are left out: they would not work there.
 */
export function factsFor(host: Host, facts: NetworkFacts): NetworkFacts {
  const former = facts.ofHosts?.get(host);
  if (former !== undefined) return former;
  const made = overridden(host, facts);
  facts.ofHosts?.set(host, made);
  return made;
}

function overridden(host: Host, facts: NetworkFacts): NetworkFacts {
  const { leaseSeconds } = host.facts;
  const own = hostOptions(host, facts);
  if (leaseSeconds === undefined && own.length === 0) return facts;
  const origin = hostOrigin(host);
  const sourced = own.map(([code, value]) => [code, { value, origin }] as const);
  const options = {
    ...facts.options,
    forAll: new Map<number, Sourced<Buffer>>([...facts.options.forAll, ...sourced]),
  };
  if (leaseSeconds === undefined) return { ...facts, options };
  const origins = { ...facts.origins, leaseTime: origin };
  return { ...facts, options, origins, leaseSeconds, leaseBounds: undefined };
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
