/** What known machines get, from the text of a configuration and of a file of machines to the reply. */

import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import { dhcpOrder, prepareScopes } from "../../lib/dhcp/settings.js";
import { openHosts } from "../../lib/inventory/open.js";
import { MachineTable } from "../../lib/machine/records.js";
import { SnoopedAddresses } from "../../lib/dhcp/snooped-addresses.js";
import { DhcpServer } from "../../lib/dhcp/server.js";
import { httpOriginAt } from "../../lib/http/settings.js";
import { EventBus, type Event } from "../../lib/events/event.js";
import { BootFiles } from "../../lib/files/boot-files.js";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { LocalFiles } from "../../lib/files/folder.js";
import { KnownSizes } from "../../lib/files/known-sizes.js";
import type { Host } from "../../lib/inventory/host.js";
import { noHosts, type HostSource } from "../../lib/inventory/source.js";
import { allocationInMemory } from "../../lib/leases/embedded-allocation.js";
import { lineOf } from "../../lib/observe/log-lines.js";
import { systemClock } from "../../lib/common/clock.js";
import { LIMITED_BROADCAST, UNSPECIFIED, type Ipv4 } from "../../lib/net/ipv4.js";
import { loadFile } from "../support/configuration.js";
import { DhcpBench, PXE } from "../support/dhcp-bench.js";
import { MAC, makeRequest, quad, readReply, text, type Reply, type RequestFields } from "../support/dhcp-packet.js";
import { FakeNetwork } from "../support/fake-network.js";
import { ManualClock } from "../support/manual-clock.js";
import { MemorySource } from "../support/memory-source.js";
import { MemoryOneShots } from "../support/one-shots.js";
import { ip, mac } from "../support/values.js";

const OTHER = "52:54:00:aa:bb:02";
const THIRD = "52:54:00:aa:bb:03";

/** A server that a configuration and a file of machines make. */
class Site {
  readonly #network = new FakeNetwork();
  readonly #events: Event[] = [];
  readonly once = new MemoryOneShots();
  readonly clock = new ManualClock();
  #heard: () => void = () => undefined;
  #path = "";

  static async open(t: Test, machines: string, more = ""): Promise<Site> {
    const site = new Site();
    const lines = ["[bootpd]", "pool_start = 192.168.1.100", "pool_count = 2", "allow_simple_dhcp = yes", more];
    const ini = [...lines, "[hosts]", "file = hosts.yaml", "[bootfile]", "default = pxelinux.0"].join("\n");
    const file = join(t.testdir({ "pybootd.ini": ini, "hosts.yaml": machines }), "pybootd.ini");
    await site.#start(t, file);
    return site;
  }

  async #start(t: Test, file: string): Promise<void> {
    this.#path = join(dirname(file), "hosts.yaml");
    const config = loadFile(file);
    const events = new EventBus();
    events.subscribe((event) => {
      this.#events.push(event);
      this.#heard();
    });
    const hosts = await openHosts(config, events, systemClock);
    t.teardown(() => hosts.close());
    const { clock } = this;
    const files = new BootFiles(
      new MemorySource({}),
      [],
      { configuration: "/", package: "/" },
      new LocalFiles(new ChunkCache(0)),
    );
    const parts = {
      frames: () => undefined,
      conflicts: () => undefined,
      hosts,
      once: this.once,
      originAt: (address: Ipv4) => httpOriginAt(config, address),
    };
    const allocation = allocationInMemory(clock);
    const { scopes, leases } = await prepareScopes(config, { clock, dns: [], allocation, hosts, events });
    leases.transaction.commit();
    const order = dhcpOrder(config, { ...parts, sizes: new KnownSizes(files, clock), scopes });
    const server = new DhcpServer({
      network: this.#network,
      machines: new MachineTable(10),
      snooped: new SnoopedAddresses(10),
      clock,
      events,
      ...order,
    });
    await server.start();
  }

  ask(fields: RequestFields): Reply | undefined {
    this.#network.takeSent();
    const request = makeRequest(fields);
    this.#network.arrive({ address: LIMITED_BROADCAST, port: 67 }, { address: UNSPECIFIED, port: 68 }, request);
    const [reply] = this.#network.takeSent();
    return reply && readReply(reply.payload);
  }

  discover(chaddr: string, options: NonNullable<RequestFields["options"]> = []): Reply | undefined {
    return this.ask({ chaddr, options: [[53, "01"], ...options] });
  }

  /** @returns the address that was acknowledged */
  obtain(chaddr: string, more: NonNullable<RequestFields["options"]> = []): string | undefined {
    const address = this.discover(chaddr, more)?.yiaddr;
    const options = [[53, "03"], [54, quad("192.168.1.1")], [50, quad(address)], ...more] as const;
    const reply = this.ask({ chaddr, options });
    return reply?.options.get(53) === "05" ? reply.yiaddr : undefined;
  }

  /** @returns the type of the answer to a renewal, as on the wire */
  renew(chaddr: string, address: string): string | undefined {
    return this.ask({ chaddr, ciaddr: address, options: [[53, "03"]] })?.options.get(53);
  }

  /** Edits the file. @returns what the log says when it was noticed */
  async edit(machines: string): Promise<readonly string[]> {
    this.log();
    writeFileSync(this.#path, machines);
    while (!this.#events.some(({ kind }) => kind === "hosts-changed" || kind === "hosts-refused")) {
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
    return this.log();
  }

  /** Returns the lines of the log since the last call. */
  log(): readonly string[] {
    const lines = this.#events.splice(0).map((event) => lineOf(event));
    return lines.map(({ level, message }) => `${level}: ${message}`.replaceAll(dirname(this.#path), ""));
  }
}

await t.test("a machine of the file gets what is said of it, and its network's facts where nothing is", async (t) => {
  const site = await Site.open(
    t,
    `${MAC}:
  ipAddress: 192.168.1.20
  subnetMask: 255.255.254.0
  defaultGateway: 192.168.1.254
  nameServers: [192.168.1.53, 192.168.1.54]
  hostname: build
  domainName: lab.example.com
  domainSearch: [lab.example.com]
  broadcastAddress: 192.168.1.127
  ntpServers: 192.168.1.123
  leaseTime: 600
  netboot: {bootFile: special.0}
${OTHER}:
  hostname: other
`,
  );
  const everything = Buffer.from([1, 3, 6, 12, 15, 28, 42, 119]).toString("hex");
  const offer = site.discover(MAC, [[55, everything], ...PXE]);
  t.equal(offer?.yiaddr, "192.168.1.20");
  t.equal(offer?.file, "special.0");
  t.strictSame(
    [1, 3, 6, 12, 15, 28, 42, 51, 119].map((code) => offer?.options.get(code)),
    [
      quad("255.255.254.0"),
      quad("192.168.1.254"),
      quad("192.168.1.53") + quad("192.168.1.54"),
      text("build"),
      text("lab.example.com"),
      quad("192.168.1.127"),
      quad("192.168.1.123"),
      "00000258",
      Buffer.from("\x03lab\x07example\x03com\0").toString("hex"),
    ],
  );
  const other = site.discover(OTHER, [[55, everything], ...PXE]);
  t.equal(other?.yiaddr, "192.168.1.100");
  t.equal(other?.file, "pxelinux.0");
  t.equal(other?.options.get(12), text("other"));
  t.equal(other?.options.get(3), quad("192.168.1.1"));
});

await t.test("allowPxe = false: an address and no boot file, and the log says who wants that", async (t) => {
  const site = await Site.open(t, `${MAC}: {ipAddress: 192.168.1.20, netboot: {allowPxe: false}}\n`);
  site.log();
  const offer = site.discover(MAC, PXE);
  t.equal(offer?.yiaddr, "192.168.1.20");
  t.equal(offer?.file, "");
  t.notOk(offer?.options.has(67));
  t.notOk(offer?.options.has(60));
  t.match(site.log(), [/^info: .* offered 192\.168\.1\.20 .*; no boot file: allowPxe is false \(\/hosts\.yaml:1\)$/]);
});

await t.test("a machine that is disabled gets no answer", async (t) => {
  const site = await Site.open(t, `${MAC}: {ipAddress: 192.168.1.20, disabled: true}\n`);
  site.log();
  t.equal(site.discover(MAC), undefined);
  t.match(site.log(), [/: ignored a DHCP client: it is disabled \(\/hosts\.yaml:1\)$/]);
});

await t.test("access = mac lets machines of the file in, unless [mac] says otherwise", async (t) => {
  const lists = `[mac]\n${OTHER.replaceAll(":", "-")} = disable`;
  const site = await Site.open(t, `${MAC}: {}\n${OTHER}: {}\n`, `access = mac\n${lists}`);
  t.ok(site.discover(MAC));
  t.equal(site.discover(OTHER), undefined);
  t.equal(site.discover(THIRD), undefined);
});

await t.test("A37d an edit changes reservations at once: leases stay until their machines renew", async (t) => {
  const site = await Site.open(t, "{}\n");
  t.equal(site.obtain(MAC), "192.168.1.100");
  t.equal(site.obtain(OTHER), "192.168.1.101");

  await site.edit(`${THIRD}: {ipAddress: 192.168.1.100}\n${OTHER}: {ipAddress: 192.168.1.22}\n`);
  t.equal(site.renew(MAC, "192.168.1.100"), "06", "it is another's now");
  t.equal(site.renew(OTHER, "192.168.1.101"), "06", "it has another one now");
  t.equal(site.obtain(THIRD), "192.168.1.100");
  t.equal(site.obtain(OTHER), "192.168.1.22");
  t.equal(site.obtain(MAC), "192.168.1.101", "which is free by now");

  await site.edit(`${THIRD}: {ipAddress: 192.168.1.100}\n`);
  t.equal(site.renew(THIRD, "192.168.1.100"), "05");
  t.equal(site.renew(OTHER, "192.168.1.22"), "06", "it is nobody's any more");
  t.equal(site.obtain(OTHER), undefined, "and the pool is exhausted");
});

await t.test("a bad edit changes nothing, and the log names the lines", async (t) => {
  const good = `${MAC}: {ipAddress: 192.168.1.20, hostname: build}\n`;
  const site = await Site.open(t, good);
  const said = await site.edit(`${MAC}:\n  ipAddress: 192.168.1.21\n  hostnme: build\n  leaseTime: soon\n`);
  t.match(said, [/^error: \/hosts\.yaml was changed and cannot be used.*\/hosts\.yaml:3 .*; \/hosts\.yaml:4 /]);
  t.equal(site.obtain(MAC), "192.168.1.20");
  await site.edit(good.replace("20", "21"));
  t.equal(site.obtain(MAC), "192.168.1.21");
});

await t.test("addresses that cannot be a machine's are told of, with their lines", async (t) => {
  const site = await Site.open(
    t,
    `${MAC}: {ipAddress: 10.99.0.1}
${OTHER}: {ipAddress: 192.168.1.255}
${THIRD}: {ipAddress: 192.168.1.1}
`,
  );
  const [, warning = ""] = site.log();
  t.match(warning, /^warning: 3 known machines have no address of their own: /);
  t.match(warning, "/hosts.yaml:1: 10.99.0.1 is reserved for nobody: it is not in 192.168.1.0/24; ");
  t.match(warning, "/hosts.yaml:2: 192.168.1.255 is reserved for nobody: it is the first or last of 192.168.1.0/24");
  t.match(warning, "/hosts.yaml:3: 192.168.1.1 is reserved for nobody: it is this server's own");
  t.equal(site.discover(MAC)?.yiaddr, "192.168.1.100", "they are given one of the pool");
});

await t.test("several cards that have one address are one machine: one of them has it at a time", async (t) => {
  const machines = `${MAC}: {ipAddress: 192.168.1.20}\n${OTHER}: {ipAddress: 192.168.1.20}\n`;
  const site = await Site.open(t, machines, `lease_time = 1h\n[static_dhcp]\nid:ff01 = 192.168.1.20`);
  const [, told = ""] = site.log();
  t.match(
    told,
    /^info: 192\.168\.1\.20 is the address of one machine with several cards: id:ff01 \(\/pybootd\.ini:\d+\), /,
  );
  t.match(told, `${MAC} (/hosts.yaml:1), ${OTHER} (/hosts.yaml:2)`);

  t.equal(site.obtain(MAC), "192.168.1.20");
  t.equal(site.obtain(MAC, [[61, "ff01"]]), "192.168.1.20", "its system, with a client identifier");
  site.log();
  t.equal(site.obtain(OTHER), "192.168.1.100");
  t.match(
    site.log()[0],
    `offered 192.168.1.100 to a DHCP client (192.168.1.20 is in use by another card of its machine, ${MAC})`,
  );
  t.equal(site.renew(OTHER, "192.168.1.20"), "06");
  t.match(site.log()[0], `refused 192.168.1.20 to a DHCP client: another card of its machine, ${MAC}, has it`);
  t.equal(site.obtain(THIRD), "192.168.1.101");
  site.log();
  t.equal(site.renew(OTHER, "192.168.1.100"), "05");
  t.match(site.log()[0], /confirmed 192\.168\.1\.100 to a DHCP client(?!, taken over)/, "its own is from nobody");

  site.clock.advance(1_800_000);
  t.equal(site.renew(OTHER, "192.168.1.100"), "06", "it may have its own now");
  site.log();
  t.equal(site.obtain(OTHER), "192.168.1.20");
  t.match(site.log()[1], `leased 192.168.1.20 to a DHCP client, taken over from another card of its machine, ${MAC}`);
  t.equal(site.renew(MAC, "192.168.1.20"), "06");
  t.equal(site.obtain(MAC), "192.168.1.100");
});

await t.test("a card that has to wait is told of where no other address is left", async (t) => {
  const site = await Site.open(t, `${MAC}: {ipAddress: 192.168.1.100}\n${OTHER}: {ipAddress: 192.168.1.100}\n`);
  t.equal(site.obtain(MAC), "192.168.1.100");
  t.equal(site.obtain(THIRD), "192.168.1.101");
  site.log();
  t.equal(site.discover(OTHER), undefined);
  t.match(site.log()[0], `is exhausted and 192.168.1.100 is in use by another card of its machine, ${MAC}`);

  const one = `${OTHER}: {ipAddress: 192.168.1.100}\n`;
  t.equal((await site.edit(one)).length, 1, "it is told no more that several have it");
  t.equal(site.renew(MAC, "192.168.1.100"), "06", "the card that is gone from the file");
  t.equal(site.obtain(OTHER), "192.168.1.100");
  t.match(
    (await site.edit(`${one}${MAC}: {ipAddress: 192.168.1.100}\n`))[1],
    /is the address of one machine with several/,
  );
  t.equal(site.renew(OTHER, "192.168.1.100"), "05");
  t.equal(site.discover(MAC), undefined);
});

await t.test("once: boots until its installed system takes a lease, then from its own disk", async (t) => {
  const site = await Site.open(t, `${MAC}: {ipAddress: 192.168.1.20, netboot: {once: true}}\n${OTHER}: {}\n`);
  t.equal(site.discover(MAC, PXE)?.file, "pxelinux.0");
  t.equal(site.discover(MAC, [[60, text("d-i")]])?.yiaddr, "192.168.1.20");
  t.equal(site.obtain(MAC, [[60, text("d-i")]]), "192.168.1.20", "the installer");
  t.equal(site.discover(MAC, PXE)?.file, "pxelinux.0", "it was not installed yet");
  t.equal(site.obtain(MAC, PXE), "192.168.1.20", "its firmware takes the address too");
  t.equal(site.discover(MAC, PXE)?.file, "pxelinux.0");
  site.log();

  t.equal(site.obtain(MAC), "192.168.1.20");
  t.match(site.log().at(-1), /^info: 52:54:00:aa:bb:01: booted, as it should once \(its system took a lease\)/);
  const offer = site.discover(MAC, PXE);
  t.equal(offer?.yiaddr, "192.168.1.20");
  t.equal(offer?.file, "");
  t.notOk(offer?.options.has(67));
  t.notOk(offer?.options.has(43));
  t.match(site.log(), [/^info: .*no boot file: it boots from here once, and has done so \(pybootd hosts reset 52:/]);

  site.once.reset(mac(MAC));
  t.equal(site.renew(MAC, "192.168.1.20"), "05");
  t.equal(site.discover(MAC, PXE)?.file, "pxelinux.0", "the system that ran on has not booted anew");
  site.obtain(OTHER);
  t.notOk(site.once.isDone(mac(OTHER)), "only those that boot once are remembered");
});

await t.test("a machine in another network than its own is not told of a router that it cannot reach", async (t) => {
  const host: Host = {
    macs: [mac(MAC)],
    address: ip("192.168.9.20"),
    facts: { router: ip("192.168.9.254"), mask: ip("255.255.254.0"), domain: "lab.example.com" },
    netboot: {},
    origins: [],
  };
  const bench = await DhcpBench.start({ allowSimple: true, hosts: { ...noHosts, find: () => host } });
  const offer = bench.discover();
  t.equal(offer?.options.get(3), quad("192.168.7.1"));
  t.equal(offer?.options.get(1), quad("255.255.255.0"));
  t.equal(offer?.options.get(15), text("lab.example.com"));
});

/** A source that answers when it is told to. */
function slowSource(): HostSource & { answer: (host: Host | Error) => Promise<void>; asked: number } {
  let settle: (host: Host | Error) => void = () => undefined;
  const source = {
    ...noHosts,
    asked: 0,
    find: () => {
      source.asked += 1;
      return new Promise<Host>((resolve, reject) => {
        settle = (host) => {
          if (host instanceof Error) reject(host);
          else resolve(host);
        };
      });
    },
    async answer(host: Host | Error) {
      settle(host);
      await new Promise(setImmediate);
    },
  };
  return source;
}

await t.test("what has to be asked for is waited for; repetitions meanwhile do not ask again", async (t) => {
  const hosts = slowSource();
  const bench = await DhcpBench.start({ allowSimple: true, hosts });
  t.equal(bench.discover(), undefined);
  t.equal(bench.discover(), undefined);
  t.equal(hosts.asked, 1);
  await hosts.answer({ macs: [mac(MAC)], hostName: "later", facts: {}, netboot: {}, origins: [] });
  t.match(bench.answers(), [{ yiaddr: "192.168.7.100" }]);

  bench.log();
  t.equal(bench.discover(), undefined);
  await hosts.answer(new Error("the database is away"));
  t.strictSame(bench.answers(), []);
  t.match(bench.log(), [/: ignored .*: what is known of it cannot be found out: the database is away$/]);
});

await t.test("a REQUEST that does not say that it is firmware's is so by the offer that it takes", async (t) => {
  const site = await Site.open(t, `${MAC}: {ipAddress: 192.168.1.20, netboot: {once: true}}\n`);
  const take = (xid: number, more: NonNullable<RequestFields["options"]> = []): Reply | undefined => {
    const options = [[53, "03"], [54, quad("192.168.1.1")], [50, quad("192.168.1.20")], ...more] as const;
    return site.ask({ chaddr: MAC, xid, options });
  };
  const discover = (xid: number, options: NonNullable<RequestFields["options"]>): Reply | undefined =>
    site.ask({ chaddr: MAC, xid, options: [[53, "01"], ...options] });
  t.equal(discover(7, PXE)?.file, "pxelinux.0");
  site.log();
  const ack = take(7);
  t.match(ack, { yiaddr: "192.168.1.20", file: "pxelinux.0" }, "A36 as the offer said");
  t.equal(ack?.options.get(60), text("PXEClient"));
  t.match(site.log(), [/^info: .*: leased 192\.168\.1\.20 to PXE firmware/]);
  t.notOk(site.once.isDone(mac(MAC)), "its boot is not spent");
  t.equal(take(7, [[97, "0012345678abcdef001111abcdefabcdef"]])?.file, "pxelinux.0", "with a UUID, and once more");

  discover(8, [[60, text("d-i")]]);
  take(8, [[60, text("d-i")]]);
  t.notOk(site.once.isDone(mac(MAC)), "the installer");
  discover(9, PXE);
  discover(9, []);
  take(9);
  t.ok(site.once.isDone(mac(MAC)), "a system that happens to use the same transaction has its own offer");
});

await t.test("another transaction is not the firmware's", async (t) => {
  const site = await Site.open(t, `${MAC}: {ipAddress: 192.168.1.20, netboot: {once: true}}\n`);
  site.ask({ chaddr: MAC, xid: 7, options: [[53, "01"], ...PXE] });
  const options = [
    [53, "03"],
    [54, quad("192.168.1.1")],
    [50, quad("192.168.1.20")],
  ] as const;
  site.ask({ chaddr: MAC, xid: 8, options });
  t.ok(site.once.isDone(mac(MAC)));
});
