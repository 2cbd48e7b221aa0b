import { ethernetNames, type InterfaceAddress } from "../os/interfaces.js";
import { formatIpv4, isPrivate, toIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { Subnet } from "../net/subnet.js";
import type { Problem } from "../config/problem.js";
import type { BootpdSettings } from "./bootpd-section.js";
import type { Range } from "../config/values.js";

/** The network that the DHCP side serves, with our interface and address on it. */
export interface ServedNetwork {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly serverAddress: Ipv4;
  readonly subnet: Subnet;
  readonly pool: Pool;
}

/** `count` addresses from `start` on. */
export type Pool = Range;

/** The size of the pool that {@link suggestPool} proposes. */
const SUGGESTED_COUNT = 10;

/** The pool of the shipped configuration, and the mask of its network. */
const EXAMPLE_POOL = toIpv4(0xc0_a8_4d_64);
const EXAMPLE_MASK = toIpv4(0xff_ff_ff_00);

/**
 * Finds the interface whose network holds `pool_start`. As in PyBootd, `address` chooses the interface and `netmask`
 * may widen its network. The proxy modes give no addresses and need no `pool_start`.
 *
 * @param line the line of `pool_start`, for the problem
 * @param ethernet returns the names of this host's Ethernet interfaces; called where none has an address
 * @returns the network, or the problem
 */
export function findNetwork(
  settings: BootpdSettings,
  interfaces: readonly InterfaceAddress[],
  line: number | undefined,
  ethernet = ethernetNames,
): { readonly network: ServedNetwork } | { readonly problem: Problem } {
  const { mode, pool_start: start, address, netmask, interface: names } = settings;
  const candidates = interfaces
    .filter((entry) => (address === UNSPECIFIED || entry.address === address) && (names?.includes(entry.name) ?? true))
    .map((entry) => (netmask === undefined ? entry : { ...entry, subnet: Subnet.holding(entry.address, netmask) }));
  const place = {
    line,
    section: "bootpd",
    option: "pool_start",
    hint: suggestion(interfaces, candidates, ethernet, start),
  };
  // Without `pool_start` a proxy serves the most likely interface.
  const likely = firstPrivateInterface(candidates) ?? candidates.find(({ loopback }) => !loopback) ?? candidates[0];
  if (mode !== "server" && start === undefined && likely !== undefined) {
    return { network: networkAt(likely, { start: likely.subnet.network, count: 0 }) };
  }
  if (start === undefined) {
    // A proxy needs no pool, but an interface.
    const expected = mode === "server" ? "the first address to give" : "an interface to serve";
    return { problem: { ...place, option: mode === "server" ? "pool_start" : "interface", expected, got: "nothing" } };
  }
  const found = candidates.find((entry) => entry.subnet.contains(start));
  if (found === undefined) {
    const expected = "an address in the network of one of this host's interfaces";
    return { problem: { ...place, expected, got: formatIpv4(start) } };
  }
  return { network: networkAt(found, poolFrom(start, found.subnet, settings)) };
}

/** Returns the network of an existing interface. */
export function networkAt({ name, index, address, subnet }: InterfaceAddress, pool: Pool): ServedNetwork {
  return { interfaceName: name, interfaceIndex: index, serverAddress: address, subnet, pool };
}

/** Returns the part of the pool that fits its network; an empty pool in the proxy modes. */
export function poolFrom(start: Ipv4, subnet: Subnet, { mode, pool_count: count }: BootpdSettings): Pool {
  return { start, count: mode === "server" ? Math.min(count, Math.max(0, subnet.broadcast - start)) : 0 };
}

/**
 * Returns the names in `interface` that do not exist or have no IPv4 address; none if all are missing. They are served
 * when they appear.
 */
export function missingInterfaces(
  { interface: names = [] }: BootpdSettings,
  interfaces: readonly InterfaceAddress[],
): readonly string[] {
  const missing = names.filter((name) => interfaces.every((entry) => entry.name !== name));
  return missing.length < names.length ? missing : [];
}

/**
 * Returns a pool that would work on the network of an interface: the last ten addresses below the broadcast address, or
 * fewer in a small network.
 */
export function suggestPool({ subnet }: InterfaceAddress): Pool {
  const count = Math.max(0, Math.min(SUGGESTED_COUNT, subnet.broadcast - subnet.network - 1));
  return { start: toIpv4(subnet.broadcast - count), count };
}

/** Returns the first interface on a private network (RFC 1918) with room for a pool. */
export function firstPrivateInterface(interfaces: readonly InterfaceAddress[]): InterfaceAddress | undefined {
  return interfaces.find((entry) => !entry.loopback && isPrivate(entry.address) && suggestPool(entry).count > 1);
}

/** Returns the names of the interfaces that machines may be on: all with an IPv4 address, except loopback. */
export function usableInterfaces(interfaces: readonly InterfaceAddress[]): readonly string[] {
  return [...new Set(interfaces.filter(({ loopback }) => !loopback).map(({ name }) => name))];
}

/** Returns a server address in the /24 of a pool: its first, or its last where the pool starts with the first. */
function addressBeside(start: Ipv4): Ipv4 {
  const { network, broadcast } = Subnet.holding(start, EXAMPLE_MASK);
  return toIpv4(start === network + 1 ? broadcast - 1 : network + 1);
}

/** Returns a hint that lists the interfaces, and a `pool_start` that would work on one of the candidates. */
function suggestion(
  interfaces: readonly InterfaceAddress[],
  candidates: readonly InterfaceAddress[],
  ethernet: () => readonly string[],
  start: Ipv4 | undefined,
): string {
  const usable = interfaces.filter((entry) => !entry.loopback);
  if (usable.length === 0) {
    const [name] = ethernet();
    const own = formatIpv4(addressBeside(start ?? EXAMPLE_POOL));
    const example = name === undefined ? "" : `, e.g. ip address add ${own}/24 dev ${name}`;
    return `this host has no interface with an IPv4 address but loopback; give it one first${example}`;
  }
  const listed = usable.map((entry) => `${entry.name} ${formatIpv4(entry.address)} in ${entry.subnet.toString()}`);
  const best = candidates.find((entry) => !entry.loopback && suggestPool(entry).count > 1);
  const works = best === undefined ? "" : `; would work: pool_start = ${formatIpv4(suggestPool(best).start)}`;
  return `this host has: ${listed.join(", ")}${works}`;
}
