/** The networks that servers give addresses of: 10.0.0.0, with the server at .1 and perfdhcp, as a relay agent, at .2. */

import { formatIpv4, toIpv4 } from "../../lib/net/ipv4.js";

export interface Network {
  /** "16". */
  readonly bits: number;
  readonly subnet: string;
  readonly netmask: string;
  readonly server: string;
  readonly client: string;
  /** The number of addresses in the pool. */
  readonly count: number;
  readonly first: string;
  readonly last: string;
}

const BASE = 10 * 2 ** 24;

/** Offset of the pool's first address from the network's own. */
const POOL_OFFSET = 256;

/** Address number `index` of the pool. */
export function poolAddress(index: number): string {
  return formatIpv4(toIpv4(BASE + POOL_OFFSET + index));
}

/** A network of `bits` with `count` addresses to give. */
export function networkOf(bits: number, count: number): Network {
  return {
    bits,
    subnet: formatIpv4(toIpv4(BASE)),
    netmask: formatIpv4(toIpv4(2 ** 32 - 2 ** (32 - bits))),
    server: formatIpv4(toIpv4(BASE + 1)),
    client: formatIpv4(toIpv4(BASE + 2)),
    count,
    first: poolAddress(0),
    last: poolAddress(count - 1),
  };
}
