import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { parseIpv4, type Ipv4 } from "./ipv4.js";
import { parseMac, type Mac } from "./mac.js";
import { Subnet } from "./subnet.js";

/** One IPv4 address of one of this host's network interfaces. */
export interface InterfaceAddress {
  readonly name: string;
  readonly address: Ipv4;
  readonly subnet: Subnet;
  readonly loopback: boolean;
}

/** This host's IPv4 addresses, in the order the system lists its interfaces. */
export function hostInterfaces(): readonly InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).flatMap((entry) => {
      const address = parseIpv4(entry.address);
      const mask = parseIpv4(entry.netmask);
      if (entry.family !== "IPv4" || address === undefined || mask === undefined) return [];
      // A further address may have a label of its own, such as eth0:1; no interface has a name with a colon.
      const device = name.replace(/:.*/, "");
      return [{ name: device, address, subnet: Subnet.holding(address, mask), loopback: entry.internal }];
    }),
  );
}

/** The hardware address of an interface; undefined where it has none of six octets. */
export function macOf(interfaceName: string): Mac | undefined {
  const [entry] = networkInterfaces()[interfaceName] ?? [];
  return entry === undefined ? undefined : parseMac(entry.mac);
}

/** What Ethernet carries, and every link of interest does. */
const USUAL_MTU = 1500;

/** The largest IP packet that an interface carries whole, in octets; Ethernet's where the system does not tell. */
export function mtuOf(interfaceName: string): number {
  try {
    return Number(readFileSync(`/sys/class/net/${interfaceName}/mtu`, "utf8")) || USUAL_MTU;
  } catch {
    return USUAL_MTU;
  }
}
