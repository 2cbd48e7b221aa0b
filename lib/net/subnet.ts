import { Netmask } from "netmask";
import { formatIpv4, parseIpv4, toIpv4, type Ipv4 } from "./ipv4.js";

/** An IPv4 network: all addresses that share the bits of `mask` with `network`. */
export class Subnet {
  readonly network: Ipv4;
  readonly mask: Ipv4;

  private constructor(network: Ipv4, mask: Ipv4) {
    this.network = network;
    this.mask = mask;
  }

  /** Returns the network that holds `address` under `mask`, a contiguous netmask (see {@link parseNetmask}). */
  static holding(address: Ipv4, mask: Ipv4): Subnet {
    return new Subnet(toIpv4(address & mask), mask);
  }

  /** The broadcast address, which is the last of the network (RFC 919). */
  get broadcast(): Ipv4 {
    return toIpv4(this.network | ~this.mask);
  }

  contains(address: Ipv4): boolean {
    return toIpv4(address & this.mask) === this.network;
  }

  /**
   * Whether an address reaches every machine of the network: its last address, or its first, an old form of broadcast
   * (RFC 1122 3.3.6). A network of one or two addresses has neither (RFC 3021).
   */
  isForAll(address: Ipv4): boolean {
    return ~this.mask >>> 0 > 1 && (address === this.broadcast || address === this.network);
  }

  /** Formats the network as `192.168.1.0/24`. */
  toString(): string {
    return `${formatIpv4(this.network)}/${Math.clz32(~this.mask)}`;
  }
}

/**
 * Reads a netmask: `255.255.255.0`, `24` or `/24`.
 *
 * @returns the mask, or undefined where the text is none, for instance because its ones are not contiguous
 */
export function parseNetmask(text: string): Ipv4 | undefined {
  const bits = /^\/?([0-9]{1,2})$/.exec(text)?.[1];
  if (bits === undefined && parseIpv4(text) === undefined) return undefined;
  try {
    return parseIpv4(new Netmask("0.0.0.0", bits ?? text).mask);
  } catch {
    return undefined;
  }
}
