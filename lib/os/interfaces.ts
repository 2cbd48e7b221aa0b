import { existsSync, readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { parseIpv4, toIpv4, type Ipv4 } from "../net/ipv4.js";
import { parseMac, type Mac } from "../net/mac.js";
import { ADDRESSES, LINKS, readList, type NetlinkCalls } from "./netlink.js";
import { Subnet } from "../net/subnet.js";

/** One IPv4 address of one of this host's network interfaces. */
export interface InterfaceAddress {
  readonly name: string;
  /** The system's number for the interface, 0 where there is none. A recreated interface has another one. */
  readonly index: number;
  readonly address: Ipv4;
  readonly subnet: Subnet;
  readonly loopback: boolean;
}

/**
 * Lists this host's IPv4 addresses, in the order the system lists its interfaces.
 *
 * @param libc the way to ask the kernel. Without it, interfaces without a carrier are left out, such as one whose cable
 *   leads to a machine that is switched off
 */
export function hostInterfaces(libc: NetlinkCalls | undefined): readonly InterfaceAddress[] {
  return libc === undefined ? runningInterfaces() : raisedInterfaces(libc);
}

function runningInterfaces(): readonly InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).flatMap((entry) => {
      const address = parseIpv4(entry.address);
      const mask = parseIpv4(entry.netmask);
      if (entry.family !== "IPv4" || address === undefined || mask === undefined) return [];
      // A further address may have a label of its own, such as eth0:1; no interface name contains a colon.
      const device = name.replace(/:.*/, "");
      const subnet = Subnet.holding(address, mask);
      return [{ name: device, index: indexOf(device), address, subnet, loopback: entry.internal }];
    }),
  );
}

const AF_INET = 2;
// Attributes and flags of rtnetlink(7) and netdevice(7).
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFLA_IFNAME = 3;
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;

/** Lists the addresses of interfaces that are up, with or without a carrier. */
function raisedInterfaces(libc: NetlinkCalls): readonly InterfaceAddress[] {
  const links = new Map(readList(libc, LINKS, 0).map((link) => [link.head.readInt32LE(4), link]));
  return readList(libc, ADDRESSES, AF_INET).flatMap(({ head, attributes }) => {
    const index = head.readInt32LE(4);
    const link = links.get(index);
    // On a point-to-point link, IFA_ADDRESS is the address of the other end.
    const octets = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
    const flags = link?.head.readUInt32LE(8) ?? 0;
    if (link === undefined || octets?.length !== 4 || (flags & IFF_UP) === 0) return [];
    const name = link.attributes.get(IFLA_IFNAME)?.toString("utf8").replace(/\0.*/s, "") ?? "";
    const address = toIpv4(octets.readUInt32BE(0));
    const mask = maskOf(head.readUInt8(1));
    return [{ name, index, address, subnet: Subnet.holding(address, mask), loopback: (flags & IFF_LOOPBACK) !== 0 }];
  });
}

function maskOf(prefixLength: number): Ipv4 {
  return toIpv4(prefixLength === 0 ? 0 : 0xffffffff << (32 - prefixLength));
}

function indexOf(interfaceName: string): number {
  try {
    return Number(readFileSync(`/sys/class/net/${interfaceName}/ifindex`, "utf8")) || 0;
  } catch {
    return 0;
  }
}

/** Returns the hardware address of an interface; undefined where it has none of six octets. */
export function macOf(interfaceName: string): Mac | undefined {
  try {
    return parseMac(readFileSync(`/sys/class/net/${interfaceName}/address`, "utf8").trim());
  } catch {
    const [entry] = networkInterfaces()[interfaceName] ?? [];
    return entry === undefined ? undefined : parseMac(entry.mac);
  }
}

const SYSTEM_INTERFACES = "/sys/class/net";
/** ARPHRD_ETHER (netdevice(7)). */
const ETHERNET = "1";

/**
 * Lists this host's Ethernet interfaces, also those without an address; physical cards come before virtual interfaces.
 */
export function ethernetNames(folder = SYSTEM_INTERFACES): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => typeOf(join(folder, name)) === ETHERNET);
    const isCard = (name: string): boolean => existsSync(join(folder, name, "device"));
    return [...names.filter(isCard), ...names.filter((name) => !isCard(name))];
  } catch {
    return [];
  }
}

/** Reads the type of an interface; undefined for an entry that is none, such as `bonding_masters`. */
function typeOf(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, "type"), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** The MTU of Ethernet, in octets. */
const USUAL_MTU = 1500;

/**
 * Returns the largest IP packet that an interface carries whole, in octets; Ethernet's where the system does not tell.
 */
export function mtuOf(interfaceName: string): number {
  try {
    return Number(readFileSync(`/sys/class/net/${interfaceName}/mtu`, "utf8")) || USUAL_MTU;
  } catch {
    return USUAL_MTU;
  }
}
