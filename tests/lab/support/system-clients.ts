/** The DHCP clients that systems ship, each on a host of its own: they ask by themselves until they are told to leave. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DhcpScript } from "./dhcp-script.js";
import { mustRun, type Host } from "./host.js";
import type { Lab } from "./lab.js";
import type { LabProcess } from "./process.js";

export const NETWORKD = "/usr/lib/systemd/systemd-networkd";

/** A client that runs. */
export interface RunningClient {
  readonly name: string;
  readonly host: Host;
  readonly mac: string;
  /** Waits until the interface has this address. */
  has(address: string): Promise<void>;
  /** Gives its address back and ends. */
  release(): Promise<void>;
}

/** Starts a program that asks for an address of eth0 and looks whether another machine uses it; tells how it is left. */
type Launch = (lab: Lab, host: Host) => Promise<() => Promise<unknown>>;

const LAUNCHES = {
  async dhclient(lab, host) {
    const script = await DhcpScript.write(lab, host, "probing");
    const file = (name: string): string => join(lab.directory, `${host.name}.${name}`);
    // The client tries again after ten seconds by default, which is too late for the lab's short leases.
    await writeFile(file("conf"), "initial-interval 1; backoff-cutoff 2; retry 1;\n");
    const files = ["-cf", file("conf"), "-lf", file("leases"), "-pf", file("pid"), "-sf", script.path];
    host.start("dhclient", ["-4", "-d", "-v", ...files, "eth0"]);
    return () => host.must("dhclient", ["-4", "-r", "-v", ...files, "eth0"]);
  },

  async udhcpc(lab, host) {
    const script = await DhcpScript.write(lab, host);
    // -a: ask by ARP before the address is used; -A: after a decline, wait this many seconds; -R: release at the end.
    const client = host.start("udhcpc", ["-i", "eth0", "-f", "-R", "-a", "-A", "1", "-s", script.path]);
    return () => client.stop();
  },

  async dhcpcd(lab, host) {
    const script = await DhcpScript.write(lab, host);
    // It has no options for where it keeps its files; mounts made here are seen by this one command only.
    const inside =
      'for dir in /run/dhcpcd /var/lib/dhcpcd; do mkdir -p $dir; mount -t tmpfs none $dir; done; exec "$@"';
    const options = ["-4", "-B", "-d", "--noipv4ll", "--config", "/dev/null", "--script", script.path];
    const client = host.start("sh", ["-c", inside, "sh", "dhcpcd", ...options, "eth0"]);
    return async () => {
      client.signal("SIGALRM"); // dhcpcd(8): release, then exit
      await client.ended;
    };
  },

  async "systemd-networkd"(lab, host) {
    const client = await startNetworkd(lab, host);
    return () => client.stop();
  },
} satisfies Readonly<Record<string, Launch>>;

export type ClientName = keyof typeof LAUNCHES;

export const CLIENT_NAMES = Object.keys(LAUNCHES) as readonly ClientName[];

/** The tools that these clients need. */
export const CLIENT_TOOLS = ["busybox", "dhclient", "udhcpc", "dhcpcd", "unshare", NETWORKD] as const;

/** Starts a client on a host that has nothing but an interface without an address. */
export async function startClient(lab: Lab, host: Host, name: ClientName): Promise<RunningClient> {
  const mac = (await host.must("cat", ["/sys/class/net/eth0/address"])).trim();
  const addresses = host.start("ip", ["-o", "monitor", "address"]);
  const release = await LAUNCHES[name](lab, host);
  return {
    name,
    host,
    mac,
    async has(address) {
      await addresses.waitFor(new RegExp(`^\\d+: eth0 +inet ${address.replaceAll(".", "\\.")}/24`, "m"), 60);
    },
    async release() {
      await release();
    },
  };
}

/**
 * systemd-networkd for the interface eth0 of a host, without systemd, udev and D-Bus: its folders are its own, and a
 * /sys that cannot be written to is what it takes for a container, where nobody waits for udev.
 */
export async function startNetworkd(lab: Lab, host: Host): Promise<LabProcess> {
  const folder = join(lab.directory, `${host.name}.network`);
  await mkdir(folder);
  await writeFile(join(folder, "eth0.network"), NETWORK);
  await mustRun("chmod", ["a+rx", lab.directory]); // it runs as another user
  const inside = `set -e
    mkdir -p /run/systemd /etc/systemd/network
    mount -t tmpfs none /run/systemd
    for dir in netif netif/links netif/leases netif/lldp; do
      mkdir /run/systemd/$dir
      chown systemd-network:systemd-network /run/systemd/$dir
    done
    mount --bind "${folder}" /etc/systemd/network
    mount -o remount,ro /sys
    exec ${NETWORKD}`;
  const env = { SYSTEMD_LOG_TARGET: "console", SYSTEMD_LOG_LEVEL: "debug" };
  return host.start("unshare", ["--mount", "sh", "-c", inside], { env });
}

/** Its identifier is made from its MAC address, not from this machine's number. */
const NETWORK = `[Match]
Name=eth0

[Network]
DHCP=ipv4
IPv6AcceptRA=no
LinkLocalAddressing=no

[DHCPv4]
ClientIdentifier=duid
DUIDType=link-layer
IAID=1
Hostname=networkd-host
`;
