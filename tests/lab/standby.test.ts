/** A master and its standby on one network: who serves when one of them dies, hangs, or is cut off in one direction. */

import t, { type Test } from "tap";
import { Daemon } from "./support/daemon.js";
import { Lab, skipReason, type Host } from "./support/lab.js";
import { Switch } from "./support/switch.js";

const MASTER = "10.77.0.1";
const STANDBY = "10.77.0.2";
const KNOWN = { mac: "52:54:00:00:00:01", address: "10.77.0.21" };
const STRANGER = "52:54:00:00:00:99";

/** How long a state may take to change and to be told, in seconds; it takes three. */
const SOON_SECONDS = 20;
/** How long busybox waits from one DISCOVER to the next, in seconds, as where nobody tells it. */
const TRY_SECONDS = "3";

const SERVES = /10\.77\.0\.1 does not serve \(.+\): this server, its standby, does so from now on/;
const IS_SILENT = /10\.77\.0\.1 serves again, after \d+ s: this server, its standby, is silent/;

const COMMON = `[static_dhcp]
52-54-00-00-00-01 = ${KNOWN.address}
[tftpd]
root = .
`;
const MASTER_INI = `[bootpd]
allow_simple_dhcp = yes
pool_start = 10.77.0.100
heartbeat_port = 8079
${COMMON}`;
const standbyIni = (more: string): string => `[bootpd]
standby_for = ${MASTER}
pool_start = 10.77.0.200
${more}
${COMMON}`;

/** What came of two tries of a client: the address, and who gave it. */
interface Outcome {
  readonly address: string | undefined;
  readonly server: string | undefined;
}

class Site {
  private constructor(
    readonly lab: Lab,
    readonly network: Switch,
    readonly masterHost: Host,
    readonly client: Host,
    /** The switch's end of the master's cable. */
    readonly masterPort: string,
    public master: Daemon,
    readonly standby: Daemon,
  ) {}

  static async open(t: Test, more = ""): Promise<Site> {
    const lab = await Lab.open();
    t.teardown(() => lab.close());
    const network = await Switch.open(lab);
    const [masterHost, standbyHost, client] = [
      await lab.host("master"),
      await lab.host("standby"),
      await lab.host("client"),
    ];
    await network.connect(masterHost, `${MASTER}/24`);
    await network.connect(standbyHost, `${STANDBY}/24`);
    await network.connect(client);
    const master = await Daemon.start(lab, masterHost, MASTER_INI);
    const standby = await Daemon.start(lab, standbyHost, standbyIni(more));
    return new Site(lab, network, masterHost, client, "eth0", master, standby);
  }

  /** A machine asks twice at most, in the way of most clients; it does not keep its address. */
  async ask(mac = KNOWN.mac): Promise<Outcome> {
    await this.client.must("ip", ["link", "set", "eth0", "down"]);
    await this.client.must("ip", ["link", "set", "eth0", "address", mac, "up"]);
    const options = ["-i", "eth0", "-f", "-n", "-q", "-t", "2", "-T", TRY_SECONDS, "-s", "/bin/true"];
    const { stderr, stdout } = await this.client.run("udhcpc", options);
    const [, address, server] = /lease of (\S+) obtained from (\S+),/.exec(stderr + stdout) ?? [];
    return { address, server };
  }

  async restartMaster(): Promise<void> {
    this.master = await Daemon.start(this.lab, this.masterHost, MASTER_INI);
  }

  /** Drops all frames that come in by an interface of a host. @returns a function that lets them pass again */
  async cut(host: Host, name: string): Promise<() => Promise<unknown>> {
    const chain = ["chain in {", `type filter hook ingress device "${name}" priority 0`, "drop", "}"];
    await host.must("nft", ["-f", "-"], { input: `${["table netdev cut {", ...chain, "}"].join("\n")}\n` });
    return () => host.must("nft", ["delete", "table", "netdev", "cut"]);
  }
}

const skip = skipReason({ root: true, tools: ["ip", "nft", "udhcpc"] }) ?? false;
const byMaster = { address: KNOWN.address, server: MASTER };
const byStandby = { address: KNOWN.address, server: STANDBY };
const nobody = { address: undefined, server: undefined };

t.setTimeout(300_000);

await t.test(
  "kill -9: the standby serves at the second try at the latest, until the master is back",
  { skip },
  async (t) => {
    const site = await Site.open(t);
    t.strictSame(await site.ask(), byMaster, "while the master serves, the standby is silent");

    await site.master.stop("SIGKILL");
    t.strictSame(await site.ask(), byStandby);
    t.strictSame(await site.ask(STRANGER), nobody, "only machines with an address of their own");

    const before = site.standby.log.length;
    await site.restartMaster();
    await site.standby.waitFor(IS_SILENT, SOON_SECONDS, before);
    t.strictSame(await site.ask(), byMaster);
    t.strictSame(await site.ask(STRANGER), { address: "10.77.0.100", server: MASTER });
    const told = site.standby.lines.filter((line) => SERVES.test(line) || IS_SILENT.test(line));
    t.equal(told.length, 2, "each change is told once");
  },
);

await t.test("a master that hangs", { skip }, async (t) => {
  const site = await Site.open(t);
  site.master.signal("SIGSTOP");
  t.strictSame(await site.ask(), byStandby);
  site.master.signal("SIGCONT");
  await site.standby.waitFor(IS_SILENT, SOON_SECONDS);
  t.strictSame(await site.ask(), byMaster);
});

await t.test("a cable that carries nothing to the master", { skip }, async (t) => {
  const site = await Site.open(t);
  const mend = await site.cut(site.masterHost, "eth0");
  t.strictSame(await site.ask(), byStandby);
  await mend();
  await site.standby.waitFor(IS_SILENT, SOON_SECONDS);
  t.strictSame(await site.ask(), byMaster);
});

await t.test("a cable that carries nothing from the master", { skip }, async (t) => {
  const site = await Site.open(t);
  const mend = await site.cut(site.network.host, site.masterPort);
  t.strictSame(await site.ask(), byStandby);
  await mend();
  await site.standby.waitFor(IS_SILENT, SOON_SECONDS);
  t.strictSame(await site.ask(), byMaster, "the address that the master bound meanwhile is the same");
});

await t.test("a standby with a pool of its own gives no address of the master's", { skip }, async (t) => {
  const site = await Site.open(t, "standby_dynamic = yes\nallow_simple_dhcp = yes");
  const first = await site.ask(STRANGER);
  t.match(first, { address: /^10\.77\.0\.10\d$/, server: MASTER });
  await site.master.stop("SIGKILL");
  t.match(await site.ask("52:54:00:00:00:98"), { address: /^10\.77\.0\.20\d$/, server: STANDBY });
  t.match(await site.ask(STRANGER), { address: /^10\.77\.0\.20\d$/, server: STANDBY });
  await site.restartMaster();
  await site.standby.waitFor(IS_SILENT, SOON_SECONDS);
  t.strictSame(await site.ask(STRANGER), first, "its lease there runs on");
});
