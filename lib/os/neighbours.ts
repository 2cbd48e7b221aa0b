import { readFileSync } from "node:fs";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import { parseMac, type Mac } from "../net/mac.js";

/** Linux's ARP table, one machine on a line (proc(5)). */
const TABLE = "/proc/net/arp";

/** ATF_COM: the machine has answered. */
const COMPLETE = 0x2;

/**
 * Returns the hardware address of a machine on a local link, from this host's ARP table. The table has every machine
 * that this host has just exchanged packets with.
 *
 * @param table the text of the kernel's table
 * @returns undefined for an address behind a router, and on systems other than Linux
 */
export function neighbourAt(address: Ipv4, table = readTable()): Mac | undefined {
  const quad = formatIpv4(address);
  for (const line of table.split("\n")) {
    const [ip, , flags, hardware = ""] = line.split(/\s+/);
    if (ip === quad && (Number(flags) & COMPLETE) !== 0) return parseMac(hardware);
  }
  return undefined;
}

function readTable(): string {
  try {
    return readFileSync(TABLE, "utf8");
  } catch {
    return "";
  }
}
