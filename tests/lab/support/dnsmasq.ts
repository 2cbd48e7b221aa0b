/** dnsmasq as the DHCP server of a lab's network: it gives addresses, and nothing to boot. */

import { join } from "node:path";
import type { Host, Lab, LabProcess } from "./lab.js";

/** Starts it on `host`, which has an address of 10.77.0.0/24; returns once it serves. */
export async function startDnsmasq(lab: Lab, host: Host, ...more: readonly string[]): Promise<LabProcess> {
  const dnsmasq = host.start("dnsmasq", [
    ...["--no-daemon", "--port=0", "--no-ping", "--user=root"],
    "--dhcp-range=10.77.0.100,10.77.0.109,1h",
    ...["--pid-file=", `--dhcp-leasefile=${join(lab.directory, "dnsmasq.leases")}`, "--conf-file=/dev/null"],
    ...more,
  ]);
  await dnsmasq.waitFor(/DHCP, IP range/, 10);
  return dnsmasq;
}
