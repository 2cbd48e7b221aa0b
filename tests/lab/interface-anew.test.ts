/** An interface that goes, comes back or is made anew while the daemon runs, and one of several that is not there. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { makeRequest, text } from "../support/dhcp-packet.js";
import { askFrom } from "./support/ask-program.js";
import { Daemon } from "./support/daemon.js";
import { Lab, skipReason, type Host } from "./support/lab.js";
import { Switch } from "./support/switch.js";

const ETH0 = "10.77.0.1";
const ETH1 = "10.78.0.1";

const NETWORKS = `interface = eth0; eth1
[tftpd]
root = ./files
`;
const SERVER_MODE = `[bootpd]
allow_simple_dhcp = yes
pool_start = 10.77.0.100
${NETWORKS}
[subnet second]
network = 10.78.0.0/24
pool_start = 10.78.0.100
pool_count = 50
`;
const PROXY_MODE = `[bootpd]
mode = auto-proxy
${NETWORKS}
[bootfile]
default = pxelinux.0
`;

/** An interface that is there again is served within so many seconds. */
const SERVED_SECONDS = 3;

/** A server with two interfaces, each in a switch, and a machine in each of those. */
class Net {
  #plugs = 0;

  private constructor(
    readonly lab: Lab,
    readonly server: Host,
    readonly switches: Readonly<Record<string, Switch>>,
    readonly machines: Readonly<Record<string, Host>>,
  ) {}

  /** @param plugged the interfaces that are there from the start, with the address of each */
  static async open(t: Test, plugged: Readonly<Record<string, string>>): Promise<Net> {
    const lab = await Lab.open();
    t.teardown(() => lab.close());
    const server = await lab.host("server");
    const [switches, machines]: [Record<string, Switch>, Record<string, Host>] = [{}, {}];
    for (const name of ["eth0", "eth1"]) {
      const network = await Switch.open(lab, `switch-${name}`);
      const machine = await lab.host(`machine-${name}`);
      await network.connect(machine);
      await machine.must("ip", ["route", "add", "255.255.255.255", "dev", "eth0"]);
      switches[name] = network;
      machines[name] = machine;
    }
    const net = new Net(lab, server, switches, machines);
    for (const [name, address] of Object.entries(plugged)) await net.plug(name, address);
    return net;
  }

  /** A new interface of the server's, on the switch of that name. */
  async plug(name: string, address: string): Promise<void> {
    const { host } = this.#of(this.switches, name);
    const port = `port${this.#plugs++}`;
    await this.server.must("ip", ["link", "add", name, "type", "veth", "peer", "name", port, "netns", host.namespace]);
    await host.must("ip", ["link", "set", port, "master", "br0", "up"]);
    await this.server.must("ip", ["address", "add", `${address}/24`, "dev", name]);
    await this.server.must("ip", ["link", "set", name, "up"]);
  }

  async unplug(name: string): Promise<void> {
    await this.server.must("ip", ["link", "delete", name]);
  }

  async start(ini: string): Promise<Daemon> {
    const folder = join(Daemon.folder(this.lab, this.server), "files");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "pxelinux.0"), "a boot file");
    return Daemon.start(this.lab, this.server, ini);
  }

  /** A DHCP client takes an address. @returns the seconds that this took */
  async takeAddress(name: string, expected: RegExp): Promise<number> {
    const began = performance.now();
    const args = ["-i", "eth0", "-f", "-n", "-q", "-t", "20", "-T", "1", "-s", "/bin/true"];
    const { stderr } = await this.#of(this.machines, name).run("udhcpc", args);
    if (!expected.test(stderr)) throw new Error(`no ${expected.toString()}, but ${stderr}`);
    return (performance.now() - began) / 1000;
  }

  /** Firmware asks what to boot, a few times. @returns the seconds that this took */
  async askWhatToBoot(name: string, server: string): Promise<number> {
    const began = performance.now();
    const options = [
      [53, "01"],
      [60, text("PXEClient:Arch:00000:UDNI:002001")],
      [93, "0000"],
      [97, "0012345678abcdef001111abcdefabcdef"],
      [55, "0103060c2b3c4243"],
    ] as const;
    const discover = makeRequest({ flags: 0x8000, options });
    const machine = this.#of(this.machines, name);
    const asking = Array.from({ length: 10 }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 400));
      const way = { from: `0.0.0.0:68`, to: "255.255.255.255:67" };
      return askFrom(machine, way, discover, 1);
    });
    const [heard] = await Promise.any(asking);
    if (heard?.from !== `${server}:67`) throw new Error(`the answer is from ${heard?.from ?? "nobody"}`);
    return (performance.now() - began) / 1000;
  }

  /** Fetches a file by TFTP with a machine that has an address for that time. */
  async fetch(name: string, own: string, server: string): Promise<void> {
    const machine = this.#of(this.machines, name);
    await machine.must("ip", ["address", "add", `${own}/24`, "dev", "eth0"]);
    await machine.must("atftp", ["-g", "-r", "pxelinux.0", "-l", join(this.lab.directory, "fetched"), server]);
    await machine.must("ip", ["address", "del", `${own}/24`, "dev", "eth0"]);
  }

  #of<T>(all: Readonly<Record<string, T>>, name: string): T {
    const found = all[name];
    if (found === undefined) throw new Error(`the lab has no ${name}`);
    return found;
  }
}

const seconds = (count: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, count * 1000));
const needs = (...tools: readonly string[]): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["ip", ...tools] }) ?? false,
});

t.setTimeout(240_000);

/** Ways in which eth1 becomes another interface, and what the log says of it. */
const CHANGES: Readonly<
  Record<string, { readonly change: (net: Net) => Promise<void>; readonly told: readonly RegExp[] }>
> = {
  "it goes, and is made anew after a while": {
    change: async (net) => {
      await net.unplug("eth1");
      await seconds(2.5);
      await net.plug("eth1", ETH1);
    },
    told: [/warning .*: 10\.78\.0\.1 \(eth1\) is gone$/m, / 10\.78\.0\.1 \(eth1\) is new$/m],
  },
  "it is made anew at once": {
    change: async (net) => {
      await net.unplug("eth1");
      await net.plug("eth1", ETH1);
    },
    told: [/10\.78\.0\.1 \(eth1\) is (new|on a new interface of that name)$/m],
  },
  "another interface takes its name": {
    change: async (net) => {
      await net.server.must("ip", ["link", "set", "eth1", "down"]);
      await net.server.must("ip", ["address", "flush", "dev", "eth1"]);
      await net.server.must("ip", ["link", "set", "eth1", "name", "former"]);
      await net.plug("eth1", ETH1);
    },
    told: [/10\.78\.0\.1 \(eth1\) is (new|on a new interface of that name)$/m],
  },
};

for (const [mode, ini] of [
  ["server", SERVER_MODE],
  ["auto-proxy", PROXY_MODE],
] as const) {
  for (const [title, { change, told }] of Object.entries(CHANGES)) {
    await t.test(`mode = ${mode}: ${title}`, needs("udhcpc", "atftp"), async (t) => {
      const net = await Net.open(t, { eth0: ETH0, eth1: ETH1 });
      const daemon = await net.start(ini);
      const ask = (name: string, server: string): Promise<number> =>
        mode === "server"
          ? net.takeAddress(name, new RegExp(`lease of ${server.replace(/1$/, "")}1\\d\\d obtained`))
          : net.askWhatToBoot(name, server);
      await daemon.explaining(ask("eth1", ETH1));

      const from = daemon.log.length;
      await change(net);
      const took = await daemon.explaining(ask("eth1", ETH1));
      t.ok(took < SERVED_SECONDS, `a machine is answered within ${SERVED_SECONDS} s: ${took.toFixed(1)} s`);
      for (const line of told) t.match(daemon.log.slice(from), line);
      await daemon.explaining(ask("eth0", ETH0));
      await daemon.explaining(net.fetch("eth1", "10.78.0.50", ETH1));
      t.notMatch(daemon.log, / (error|critical) /);
    });
  }
}

await t.test("one that is not there yet is taken up when it comes", needs("udhcpc", "atftp"), async (t) => {
  const net = await Net.open(t, { eth0: ETH0 });
  const daemon = await net.start(SERVER_MODE);
  t.match(daemon.log, /warning +\[bootpd\] interface: this host has no eth1 with an IPv4 address now/);
  await daemon.explaining(net.takeAddress("eth0", /lease of 10\.77\.0\.1\d\d obtained/));
  await net.plug("eth1", ETH1);
  await daemon.explaining(net.takeAddress("eth1", /lease of 10\.78\.0\.1\d\d obtained/));
  await daemon.explaining(net.fetch("eth1", "10.78.0.50", ETH1));
  t.match(daemon.log, /10\.78\.0\.1 \(eth1\) is new$/m);
});

await t.test("also where it is the one that holds pool_start, which may go again", needs("udhcpc"), async (t) => {
  const net = await Net.open(t, { eth1: ETH1 });
  const daemon = await net.start(SERVER_MODE);
  t.match(daemon.log, /warning +\[bootpd\] pool_start: 10\.77\.0\.100 is in the network of no interface/);
  await daemon.explaining(net.takeAddress("eth1", /lease of 10\.78\.0\.1\d\d obtained/));
  await net.plug("eth0", ETH0);
  await daemon.explaining(net.takeAddress("eth0", /lease of 10\.77\.0\.100 obtained/));
  const from = daemon.log.length;
  await net.unplug("eth0");
  await daemon.waitFor(/reloaded: configuration/, 10, from);
  await daemon.explaining(net.takeAddress("eth1", /lease of 10\.78\.0\.1\d\d obtained/));
  await net.plug("eth0", ETH0);
  await daemon.explaining(net.takeAddress("eth0", /lease of 10\.77\.0\.100 obtained/));
});

await t.test("where the only one loses its address nobody is answered until it is back", needs("udhcpc"), async (t) => {
  const net = await Net.open(t, { eth0: ETH0 });
  const daemon = await net.start(SERVER_MODE.replace(/\[subnet[^]*/, "").replace("eth0; eth1", "eth0"));
  await daemon.explaining(net.takeAddress("eth0", /lease of 10\.77\.0\.100 obtained/));
  await net.server.must("ip", ["address", "del", `${ETH0}/24`, "dev", "eth0"]);
  await daemon.waitFor(/nothing is served at 10\.77\.0\.1 \(eth0\) until the addresses fit/, 10);
  const from = daemon.log.length;
  await t.rejects(net.takeAddress("eth0", /lease of/), "a lease from a server without that address");
  t.notMatch(daemon.log.slice(from), /offered|acknowledged|gets /, daemon.log.slice(from));
  await net.server.must("ip", ["address", "add", `${ETH0}/24`, "dev", "eth0"]);
  await daemon.explaining(net.takeAddress("eth0", /lease of 10\.77\.0\.100 obtained/));
  t.notMatch(daemon.log, / (error|critical) /);
});

await t.test("where none of them is there it does not start", needs(), async (t) => {
  const net = await Net.open(t, {});
  await t.rejects(net.start(SERVER_MODE), /interface: expected interfaces of this host .*: lo, got eth0/);
});
