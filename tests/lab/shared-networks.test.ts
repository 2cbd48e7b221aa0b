/** Real clients on a link that has two networks: one of ours with two addresses, and one behind a relay agent. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { Daemon } from "./support/daemon.js";
import { DhcpScript, type Told } from "./support/dhcp-script.js";
import { Lab, skipReason, type Host, type LabProcess } from "./support/lab.js";
import { Switch } from "./support/switch.js";

const RESERVED = "52:54:00:aa:bb:09";
const FAR_RESERVED = "52:54:00:aa:bb:19";

const INI = `[bootpd]
allow_simple_dhcp = yes
pool_start = 10.77.0.100
pool_count = 1

[subnet second]
network = 10.79.0.0/24
pool_start = 10.79.0.100
pool_count = 9

[subnet far]
network = 10.80.0.0/24
shared_network = far
pool_start = 10.80.0.100
pool_count = 1
gateway = 10.80.0.1

[subnet further]
network = 10.81.0.0/24
shared_network = far
pool_start = 10.81.0.100
pool_count = 9
gateway = 10.81.0.1

[static_dhcp]
${RESERVED.replaceAll(":", "-")} = 10.79.0.50
${FAR_RESERVED.replaceAll(":", "-")} = 10.81.0.50

[tftpd]
root = ./files
`;

/** A DHCP client that runs, and what it was told. */
interface Client {
  readonly host: Host;
  readonly udhcpc: LabProcess;
  readonly told: Told;
}

class Net {
  #clients = 0;

  private constructor(
    readonly lab: Lab,
    readonly server: Host,
    readonly daemon: Daemon,
    /** The switches of the server, and behind the relay agent. */
    readonly near: Switch,
    readonly far: Switch,
  ) {}

  static async open(t: Test): Promise<Net> {
    const lab = await Lab.open();
    t.teardown(() => lab.close());
    const [near, far] = [await Switch.open(lab, "near"), await Switch.open(lab, "far")];
    const [server, relay] = [await lab.host("server"), await lab.host("relay")];
    await near.connect(server, "10.77.0.1/24");
    await server.must("ip", ["address", "add", "10.79.0.1/24", "dev", "eth0"]);
    await near.connect(relay, "10.77.0.9/24");
    await far.connect(relay, "10.80.0.1/24");
    await relay.must("ip", ["address", "add", "10.81.0.1/24", "dev", "eth1"]);
    await relay.must("sysctl", ["-q", "-w", "net.ipv4.ip_forward=1"]);
    await server.must("ip", ["route", "add", "10.80.0.0/15", "via", "10.77.0.9"]);
    const files = join(Daemon.folder(lab, server), "files");
    await mkdir(files, { recursive: true });
    await writeFile(join(files, "pxelinux.0"), "a boot file");
    const daemon = await Daemon.start(lab, server, INI);
    const dhcrelay = relay.start("dhcrelay", ["-4", "-d", "-id", "eth1", "-iu", "eth0", "10.77.0.1"]);
    await dhcrelay.waitFor(/Sending on +Socket\/fallback/, 10);
    return new Net(lab, server, daemon, near, far);
  }

  /** A machine takes an address, and goes on to run its client. */
  async obtain(network: Switch, mac?: string): Promise<Client> {
    const host = await this.lab.host(`client-${this.#clients++}`);
    await network.connect(host);
    if (mac !== undefined) await host.must("ip", ["link", "set", "eth0", "address", mac]);
    const script = await DhcpScript.write(this.lab, host);
    const udhcpc = host.start("udhcpc", ["-i", "eth0", "-f", "-t", "10", "-T", "1", "-s", script.path]);
    return { host, udhcpc, told: await this.daemon.explaining(script.told()) };
  }

  async renew({ host, udhcpc, told }: Client): Promise<string | undefined> {
    await host.must("ip", ["route", "replace", "default", "via", told.router]);
    const { length } = udhcpc.output;
    udhcpc.signal("SIGUSR1");
    const [, address] = await this.daemon.explaining(udhcpc.waitFor(/lease of (\S+) obtained/, 20, length));
    return address;
  }
}

t.setTimeout(120_000);

const tools = ["ip", "sysctl", "udhcpc", "dhcrelay", "atftp"];
await t.test("several networks on one link", { skip: skipReason({ root: true, tools }) ?? false }, async (t) => {
  const net = await Net.open(t);
  t.match(net.daemon.log, /DHCP: 10\.77\.0\.0\/24 and 10\.79\.0\.0\/24 share a link, eth0$/m);
  t.match(net.daemon.log, /DHCP: 10\.80\.0\.0\/24 and 10\.81\.0\.0\/24 share a link, far$/m);

  await t.test("one that this server has addresses in", async (t) => {
    const first = await net.obtain(net.near);
    t.match(first.told, { address: "10.77.0.100", router: "10.77.0.1" });
    const second = await net.obtain(net.near);
    t.match(second.told, { address: "10.79.0.100", mask: "255.255.255.0", router: "10.79.0.1" }, "the next one serves");
    const reserved = await net.obtain(net.near, RESERVED);
    t.match(reserved.told, { address: "10.79.0.50" }, "a reservation in the second one");
    first.udhcpc.signal("SIGUSR2"); // udhcpc: release now
    await net.daemon.waitFor(/released 10\.77\.0\.100/, 10);
    t.equal(await net.renew(second), "10.79.0.100", "who renews stays, also where the first one has room again");
    const fetched = ["-g", "-r", "pxelinux.0", "-l", join(net.lab.directory, "fetched"), "10.79.0.1"];
    await net.daemon.explaining(second.host.must("atftp", fetched));
  });

  await t.test("one behind a relay agent", async (t) => {
    t.match((await net.obtain(net.far)).told, { address: "10.80.0.100", router: "10.80.0.1" });
    const second = await net.obtain(net.far);
    t.match(second.told, { address: "10.81.0.100", router: "10.81.0.1" });
    t.match((await net.obtain(net.far, FAR_RESERVED)).told, { address: "10.81.0.50" });
    t.equal(await net.renew(second), "10.81.0.100");
  });
  t.notMatch(net.daemon.log, /ignored|refused|declined/);
});
