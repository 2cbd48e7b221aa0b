/** Addresses stay unique when machines, cards or the server's memory change. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { ClientLab, POOL_START } from "./support/client-lab.js";
import { Daemon } from "./support/daemon.js";
import { skipReason, type Host } from "./support/lab.js";
import { DhcpScript } from "./support/dhcp-script.js";

const needs = { skip: skipReason({ root: true, tools: ["ip", "dhclient", "udhcpc"] }) ?? false };

t.setTimeout(300_000);

const SECOND = "10.77.0.101";

/** Returns the folder of the daemon's leases. */
const databaseOf = (net: ClientLab): string => join(Daemon.folder(net.lab, net.server), "state", "leases");

const PROGRAM = fileURLToPath(new URL("../../bin/pybootd.js", import.meta.url));

const iniOf = (net: ClientLab): string => join(Daemon.folder(net.lab, net.server), "pybootd.ini");

/** A machine whose system remembers its lease, and has an identifier of its own where leases go by that. */
class Machine {
  private constructor(
    readonly host: Host,
    readonly net: ClientLab,
    readonly files: readonly string[],
  ) {}

  static async make(net: ClientLab, name: string, identifier: string): Promise<Machine> {
    const host = await net.client(name);
    const script = await DhcpScript.write(net.lab, host);
    const file = (suffix: string): string => join(net.lab.directory, `${name}.${suffix}`);
    await host.must("sh", ["-c", `echo 'send dhcp-client-identifier ${identifier};' >${file("conf")}`]);
    return new Machine(host, net, ["-cf", file("conf"), "-lf", file("leases"), "-pf", file("pid"), "-sf", script.path]);
  }

  /** Boots, with what its system remembers. @returns the address that it has then */
  async boot(): Promise<string> {
    await this.net.daemon.explaining(this.host.must("dhclient", ["-4", "-1", ...this.files, "eth0"]));
    const shown = await this.host.must("ip", ["-4", "-o", "address", "show", "dev", "eth0"]);
    return /inet ([0-9.]+)/.exec(shown)?.[1] ?? "none";
  }

  /** Is switched off, without a word to the server. */
  async switchOff(): Promise<void> {
    await this.host.must("dhclient", ["-4", "-x", ...this.files, "eth0"]);
    await this.host.must("ip", ["address", "flush", "dev", "eth0", "scope", "global"]);
  }

  async mac(): Promise<string> {
    return (await this.host.must("cat", ["/sys/class/net/eth0/address"])).trim();
  }

  /** Gets another network card. */
  async plugIn(mac: string): Promise<void> {
    for (const change of [["down"], ["address", mac], ["up"]]) {
      await this.host.must("ip", ["link", "set", "eth0", ...change]);
    }
  }
}

/** Two machines boot, are switched off, swap their cards and boot again. @returns their addresses before and after */
async function swapCards(t: Test, edit: (ini: string) => string): Promise<readonly (readonly string[])[]> {
  const net = await ClientLab.open({}, edit);
  t.teardown(() => net.lab.close());
  const [one, other] = [await Machine.make(net, "one", "01:aa:aa"), await Machine.make(net, "other", "01:bb:bb")];
  const before = [await one.boot(), await other.boot()];
  const [cardOfOne, cardOfOther] = [await one.mac(), await other.mac()];
  await one.switchOff();
  await other.switchOff();
  await one.plugIn(cardOfOther);
  await other.plugIn(cardOfOne);
  return [before, await Promise.all([one.boot(), other.boot()])];
}

await t.test("A27 A44 two machines that swap their cards swap their addresses: leases go by MAC", needs, async (t) => {
  t.strictSame(await swapCards(t, (ini) => ini), [
    [POOL_START, SECOND],
    [SECOND, POOL_START],
  ]);
});

await t.test("A26 A43 they keep them where leases go by the identifier", needs, async (t) => {
  const byIdentifier = (ini: string): string => ini.replace("[bootpd]", "[bootpd]\nclient_key = client-id");
  t.strictSame(await swapCards(t, byIdentifier), [
    [POOL_START, SECOND],
    [POOL_START, SECOND],
  ]);
});

await t.test("A47 after the leases were lost a machine that renews keeps its address", needs, async (t) => {
  const net = await ClientLab.open();
  t.teardown(() => net.lab.close());
  const { client, address } = await startUdhcpc(net, "holder");
  const daemon = await net.restart(() => rm(databaseOf(net), { recursive: true }));
  client.signal("SIGUSR1"); // udhcpc: renew now
  t.ok(await daemon.waitFor(new RegExp(`leased ${address} to`), 20));
  const newcomer = await startUdhcpc(net, "newcomer");
  t.equal(newcomer.address, SECOND, "and nobody else gets it");
});

await t.test("A47 one whose address went to another meanwhile is refused, and gets another", needs, async (t) => {
  const net = await ClientLab.open();
  t.teardown(() => net.lab.close());
  const { client, address } = await startUdhcpc(net, "holder");
  const daemon = await net.restart(() => rm(databaseOf(net), { recursive: true }));
  const newcomer = await startUdhcpc(net, "newcomer");
  t.equal(newcomer.address, address, "the server could not know");
  const { length } = client.output;
  client.signal("SIGUSR1");
  const [, another] = await daemon.explaining(client.waitFor(/lease of (\S+) obtained/, 30, length));
  t.match(daemon.log, new RegExp(`refused ${address} to a DHCP client`));
  t.equal(another, SECOND);
});

/** A client that runs, and its address. */
async function startUdhcpc(
  net: ClientLab,
  name: string,
): Promise<{ client: ReturnType<Host["start"]>; address: string }> {
  const host = await net.client(name);
  const script = await DhcpScript.write(net.lab, host);
  const client = host.start("udhcpc", ["-i", "eth0", "-f", "-t", "5", "-T", "2", "-s", script.path]);
  const { address } = await net.daemon.explaining(script.told());
  return { client, address };
}

await t.test(
  "two cards of one machine have its address one after the other, also across a restart",
  needs,
  async (t) => {
    const [cable, radio] = ["02:77:00:00:00:01", "02:77:00:00:00:02"];
    const own = "10.77.0.50";
    const net = await ClientLab.open({}, (ini) => {
      const reserved = `[static_dhcp]\n${cable} = ${own}\n${radio} = ${own}\n[daemon]\nstate_dir = ./state\n`;
      return `${ini.replace("lease_time = 1h", "lease_time = 120")}\n${reserved}`;
    });
    t.teardown(() => net.lab.close());
    await net.daemon.waitFor(
      new RegExp(`${own} is the address of one machine with several cards: ${cable} .*${radio} `),
      10,
    );
    const [byCable, byRadio] = [
      await Machine.make(net, "cable", "01:aa:aa"),
      await Machine.make(net, "radio", "01:bb:bb"),
    ];
    await byCable.plugIn(cable);
    await byRadio.plugIn(radio);
    t.equal(await byCable.boot(), own);
    await byCable.switchOff();
    // dhclient renews at a random time between 3/8 and 1/2 of its lease: the radio has to do so several times while the
    // second half of the cable's lease runs, which may have been renewed when the cable was switched off.
    await net.reconfigure((ini) => ini.replace("lease_time = 120", "lease_time = 30"));
    t.equal(await byRadio.boot(), POOL_START, "the cable has renewed half of its lease time ago at most");
    await net.restart();
    await net.daemon.waitFor(
      new RegExp(`${radio}: leased ${own} to .*, taken over from another card of its machine, ${cable}`),
      90,
    );
    await net.restart(() => Promise.resolve(), "SIGKILL");
    const listed = await net.server.must(process.execPath, [PROGRAM, "leases", "list", "-c", iniOf(net)]);
    t.strictSame(
      listed.split("\n").flatMap((line) => (line.startsWith(`${own} `) ? [line.split(/ +/)[1]] : [])),
      [radio],
    );
    t.equal(await byCable.boot(), POOL_START, "its system may remember the address, which is another card's now");
    // Refused, or not offered where its own lease has run out meanwhile.
    t.match(net.daemon.log, new RegExp(`${cable}: .*${own} .*another card of its machine, ${radio}`));
  },
);
