import { FROM_AUTHORITY, hostOrigin, type Origin } from "../config/origin.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Served, ServedMachine } from "./served.js";

const OWN_LEASE: Origin = { kind: "lease" };

/**
 * Returns where an address comes from that a machine gets.
 *
 * @param former the address that it had before
 */
export function addressOriginOf({ request, machine, place }: Served, address: Ipv4, former: Ipv4 | undefined): Origin {
  const { host } = machine;
  if (host?.address === address) return { kind: "reservation", entries: host.origins };
  return address === former ? OWN_LEASE : { kind: "pool", by: place.scope.facts(request.link).origins.pool };
}

/** Returns where the host name comes from that a machine is given. */
export function hostNameOriginOf({ record, host }: ServedMachine): Origin | undefined {
  if (record.hostName !== undefined) return FROM_AUTHORITY;
  return host && hostOrigin(host);
}
