import { parseIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";

/**
 * Returns the address of the client: the sender, or, where that is a trusted proxy, the last address in its
 * `X-Forwarded-For`, and so on. Addresses further left may be forged.
 *
 * @param forwarded the header, undefined where there is none
 * @returns UNSPECIFIED, which no client has, where a trusted proxy does not report an address
 */
export function clientAddress(sender: Ipv4, forwarded: string | undefined, trusted: readonly Subnet[]): Ipv4 {
  const hops = forwarded?.split(",") ?? [];
  let address = sender;
  while (trusted.some((subnet) => subnet.contains(address))) {
    const hop = hops.pop();
    if (hop === undefined) return address;
    // Some proxies add the port.
    address = parseIpv4(hop.trim().replace(/:[0-9]+$/, "")) ?? UNSPECIFIED;
  }
  return address;
}
