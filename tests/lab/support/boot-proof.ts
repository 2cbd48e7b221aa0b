/** Checks of a capture of a boot by any firmware: every exchange is answered, and correctly. */

import type { Test } from "tap";
import type { Capture } from "./capture.js";

/** The capture filter: DHCP both ways, and requests to the TFTP server, without the 40 MB that it sends. */
export const BOOT_FILTER = "port 67 or port 68 or port 4011 or dst port 69";

/** DHCP message types, RFC 2132 9.6. */
export const DISCOVER = "1";
export const OFFER = "2";
export const REQUEST = "3";
export const ACK = "5";

/** UDP's header (8) and the 300 octets that RFC 1542 2.1 asks of a BOOTP message, since old ones drop less. */
const LEAST_UDP_LENGTH = 308;

/** Every DHCP message captured has a sound form, and every reply 300 octets or more. */
export async function checkReplies(t: Test, capture: Capture): Promise<void> {
  t.strictSame(await capture.malformed("dhcp"), [], "tshark finds every DHCP message well formed");
  const lengths = await capture.read("dhcp.type == 2", ["udp.length", "frame.number"]);
  t.ok(lengths.length > 0, "there are replies");
  const short = lengths.filter(([length]) => Number(length) < LEAST_UDP_LENGTH);
  t.strictSame(short, [], "every reply has 300 octets or more");
}

/** The DHCP message types of the machine with this MAC and vendor class, in order; replies by their transaction. */
export async function conversation(capture: Capture, mac: string, vendorClass: string): Promise<readonly string[]> {
  const fields = ["dhcp.id", "dhcp.option.dhcp", "dhcp.option.vendor_class_id", "dhcp.type"];
  const messages = await capture.read(`dhcp.hw.mac_addr == ${mac}`, fields);
  const asked = messages.filter(([, , vendor, type]) => type === "1" && vendor?.startsWith(vendorClass) === true);
  const transactions = new Set(asked.map(([transaction]) => transaction));
  return messages.filter(([transaction]) => transactions.has(transaction)).map(([, message]) => message ?? "");
}

/** The names that were asked of the TFTP server, each once, in the order of their first request. */
export async function askedNames(capture: Capture): Promise<readonly string[]> {
  const requests = await capture.read("tftp.opcode == 1", ["tftp.source_file"]);
  return [...new Set(requests.map(([name]) => name ?? ""))];
}
