/** Other DHCP servers as they come: what they are told is where to serve, and what to leave of this machine. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host, Lab, LabProcess } from "./lab.js";

/** A DHCP server for 10.77.0.0/24, whose host has an address there on eth0. */
export interface RivalServer {
  readonly command: string;
  /** Starts it; returns once it serves. */
  readonly start: (lab: Lab, host: Host) => Promise<LabProcess>;
}

const [FIRST, LAST] = ["10.77.0.200", "10.77.0.209"];

async function startDnsmasq(lab: Lab, host: Host): Promise<LabProcess> {
  const kept = ["--pid-file=", `--dhcp-leasefile=${join(lab.directory, "rival.leases")}`, "--conf-file=/dev/null"];
  const args = ["--no-daemon", "--port=0", "--user=root", `--dhcp-range=${FIRST},${LAST}`, ...kept];
  const dnsmasq = host.start("dnsmasq", args);
  await dnsmasq.waitFor(/DHCP, IP range/, 10);
  return dnsmasq;
}

async function startDhcpd(lab: Lab, host: Host): Promise<LabProcess> {
  const [file, leases] = [join(lab.directory, "dhcpd.conf"), join(lab.directory, "dhcpd.leases")];
  await writeFile(file, `subnet 10.77.0.0 netmask 255.255.255.0 { range ${FIRST} ${LAST}; }\n`);
  await writeFile(leases, "");
  const dhcpd = host.start("dhcpd", ["-4", "-d", "-cf", file, "-lf", leases, "--no-pid", "eth0"]);
  await dhcpd.waitFor(/Server starting service/, 10);
  return dhcpd;
}

async function startKea(lab: Lab, host: Host): Promise<LabProcess> {
  const folder = join(lab.directory, "kea");
  const file = join(folder, "kea-dhcp4.conf");
  const config = {
    "interfaces-config": { interfaces: ["eth0"] },
    "lease-database": { type: "memfile", name: join(folder, "leases.csv") },
    subnet4: [{ subnet: "10.77.0.0/24", pools: [{ pool: `${FIRST} - ${LAST}` }] }],
  };
  // This server opens no port on an interface without a carrier.
  await host.must("sh", [
    "-c",
    "for try in $(seq 50); do grep -q up /sys/class/net/eth0/operstate && break; sleep 0.1; done",
  ]);
  await mkdir(folder);
  await writeFile(file, JSON.stringify({ Dhcp4: config }));
  const env = { KEA_PIDFILE_DIR: folder, KEA_LOCKFILE_DIR: folder };
  const kea = host.start("kea-dhcp4", ["-c", file], { env });
  await kea.waitFor(/DHCP4_STARTED/, 20);
  return kea;
}

/** The servers by their usual names. */
export const RIVALS: Readonly<Record<string, RivalServer>> = {
  dnsmasq: { command: "dnsmasq", start: startDnsmasq },
  "ISC's dhcpd": { command: "dhcpd", start: startDhcpd },
  Kea: { command: "kea-dhcp4", start: startKea },
};
