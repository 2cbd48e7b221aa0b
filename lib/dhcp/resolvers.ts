import type { BootpdSettings } from "./bootpd-section.js";
import type { Ipv4 } from "../net/ipv4.js";
import { hostResolvers } from "../os/resolvers.js";

/** The DNS servers to announce, and a warning about the choice, if any. */
export interface Resolvers {
  readonly addresses: readonly Ipv4[];
  readonly warning: string | undefined;
}

/**
 * Chooses the DNS servers for networks without their own.
 *
 * @param serverAddress our address, announced where `auto` finds no DNS server
 */
export function chooseResolvers(
  { bootpd: { dns } }: { readonly bootpd: BootpdSettings },
  serverAddress: Ipv4,
): Resolvers {
  if (dns !== "auto") return { addresses: dns ?? [], warning: undefined };
  const found = hostResolvers();
  if (found.length > 0) return { addresses: found, warning: undefined };
  const warning = "dns = auto: this host knows no DNS server that others can reach; announcing itself";
  return { addresses: [serverAddress], warning };
}
