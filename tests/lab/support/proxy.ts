/** Boot files beside another DHCP server: the configuration, and what must be on the wire. */

import type { Test } from "tap";
import { INI, SERVER } from "./boot-lab.js";
import type { MachineBoot } from "./machine-boot.js";

/** The lab's INI for a network whose addresses another server gives. */
export const PROXY_INI = INI.replace(/allow_simple_dhcp.*\npool_start.*\n/, "mode = auto-proxy\n");

/** Checks that the address came from dnsmasq, and the boot file from the daemon, which gave no address. */
export async function checkProxy(t: Test, { capture, dnsmasq }: MachineBoot, mac: string): Promise<void> {
  t.match(dnsmasq?.output, new RegExp(`DHCPACK\\(eth0\\) 10\\.77\\.0\\.10\\d ${mac}`), "dnsmasq gave the address");
  const fields = ["dhcp.ip.your", "dhcp.option.ip_address_lease_time"];
  const ours = await capture.read(`dhcp.type == 2 && ip.src == ${SERVER}`, fields);
  t.ok(ours.length > 0, "the daemon has answered");
  for (const [yiaddr, lease] of ours) t.strictSame([yiaddr, lease], ["0.0.0.0", ""], "and gave no address");
}
