import type { Codec } from "../config/values.js";
import { isClientId, parseLeaseKey, type LeaseKey } from "../machine/lease-key.js";
import type { Host } from "./host.js";

/** The codec for the key of a host: a MAC address or a client identifier. */
export const machineName: Codec<LeaseKey> = {
  expected: "a MAC address such as 00-1E-4F-C4-95-EE, or a client identifier such as id:ff00a1b2",
  parse: parseLeaseKey,
};

/** Returns the part of a host that holds its key. */
export function namedBy(key: LeaseKey): Pick<Host, "macs" | "clientId"> {
  return isClientId(key) ? { macs: [], clientId: key } : { macs: [key] };
}
