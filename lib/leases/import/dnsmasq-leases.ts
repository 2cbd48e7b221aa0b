import { isIPv6 } from "node:net";
import { type Mac, UNKNOWN_MAC } from "../../net/mac.js";
import {
  ImportCollector,
  linesOf,
  readAddress,
  readHardwareAddress,
  readOctets,
  readSeconds,
  UNKNOWN_START,
  type Imported,
} from "./imported.js";
import { clientIdFromOctets } from "../../machine/client-id.js";
import type { Lease } from "../lease.js";

const NONE = "*";
const FIELDS = "`expiry mac address hostname client-id`";

/**
 * Parses the lease file of dnsmasq: one lease per line, then, after a line with the server's DUID, those of DHCPv6,
 * which are only counted. All leases count as bound; dnsmasq does not record their start.
 */
export function parseDnsmasqLeases(text: string): Required<Imported> {
  const collector = new ImportCollector();
  let behindDuid = false;
  for (const [index, line] of linesOf(text).entries()) {
    const fields = line.trim().split(/\s+/);
    if (line.trim() === "") continue;
    const isDuid = fields[0] === "duid";
    if (isDuid || (behindDuid && isIPv6(fields[2] ?? ""))) {
      behindDuid = true;
      collector.leaveOut(isDuid ? "duid" : "lease of DHCPv6");
      continue;
    }
    const lease = readLease(fields, (expected, got) => {
      collector.refuse(index + 1, expected, got ?? line);
    });
    if (lease !== undefined) collector.add(lease);
  }
  return collector.resultWithBeside();
}

function readLease(fields: readonly string[], refuse: (expected: string, got?: string) => void): Lease | undefined {
  const [expiry, hardware, dottedQuad, hostName, identifier] = fields;
  if (fields.length !== 5 || hostName === undefined) {
    refuse(FIELDS);
    return undefined;
  }
  function read<T>(expected: string, reader: (field: string) => T | undefined, field = ""): T | undefined {
    const value = reader(field);
    if (value === undefined) refuse(expected, field);
    return value;
  }
  const ends = read("seconds since 1970, or 0", readSeconds, expiry);
  const address = read("an IPv4 address that a machine can have", readAddress, dottedQuad);
  const octets = read("a client identifier", readIdentifier, identifier);
  const mac = read("a hardware address", readHardware, hardware);
  if (ends === undefined || address === undefined || octets === undefined || mac === undefined) return undefined;
  const clientId = clientIdFromOctets(octets);
  if (mac === UNKNOWN_MAC && clientId === undefined) {
    refuse("a hardware address or a client identifier");
    return undefined;
  }
  return {
    address,
    key: clientId ?? mac,
    mac,
    state: "bound",
    starts: UNKNOWN_START,
    ends: ends === 0 ? Infinity : ends,
    hostName: hostName === NONE ? undefined : hostName,
  };
}

function readIdentifier(text: string): Buffer | undefined {
  return text === NONE ? Buffer.alloc(0) : readOctets(text);
}

/**
 * Reads a hardware address, after a hardware type where that is not Ethernet: `06-52:54:…`. The type may stand alone
 * where the machine sent no address (RFC 4390 2.1, IP over InfiniBand).
 */
function readHardware(text: string): Mac | undefined {
  const octets = text.replace(/^[0-9a-f]{2,4}-/i, "");
  return octets === "" && text !== "" ? UNKNOWN_MAC : readHardwareAddress(octets);
}
