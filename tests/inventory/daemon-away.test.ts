/** A daemon whose machines are in a file at a URL, while the server of that is away and back again. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { openSystem } from "../../lib/os/system.js";
import { interfaceWith, loadFile } from "../support/configuration.js";
import { said, startDaemon, type Logged } from "../support/daemon.js";
import { makeRequest, quad, readReply, text, type Reply, type RequestFields } from "../support/dhcp-packet.js";
import { freePort } from "../support/ports.js";
import { FaultServer } from "./fault-server.js";

const SERVER = "127.0.0.1";
const RELAY = "127.0.0.2";
const ONE = "52:54:00:aa:bb:01";
const TWO = "52:54:00:aa:bb:02";
/** What the first machine gets. */
const GIVEN = "127.0.0.100";

const system = await openSystem();

/** A daemon's folder, the server of its machines, and a relay agent that asks it. */
class Site {
  readonly server: FaultServer;
  readonly folder: string;
  readonly #t: Test;
  readonly #port: number;
  readonly #relay: Socket;

  private constructor(t: Test, server: FaultServer, port: number, relay: Socket) {
    this.#t = t;
    this.server = server;
    this.#port = port;
    this.#relay = relay;
    this.folder = t.testdir({});
    this.givesFrom(GIVEN);
    server.document = `${ONE}: {hostname: one}\n${TWO}: {hostname: two}\n`;
  }

  /** Writes the configuration, with another pool. */
  givesFrom(start: string): void {
    const ini = `[bootpd]
port = ${this.#port}
pool_start = ${start}
pool_count = 9
access = mac
allow_simple_dhcp = yes
authoritative = yes
lease_time = 1h
[daemon]
state_dir = ./state
[hosts]
file = http://127.0.0.1:${this.server.port}/hosts.yaml?token=s3cret
`;
    writeFileSync(join(this.folder, "pybootd.ini"), ini);
  }

  static async open(t: Test): Promise<Site> {
    const relay = createSocket("udp4");
    await new Promise<void>((resolve) => relay.bind(0, RELAY, resolve));
    t.teardown(() => relay.close());
    return new Site(t, await FaultServer.open(t), await freePort(), relay);
  }

  get config(): ReturnType<typeof loadFile> {
    const services = { dhcp: true, tftp: false, http: false };
    return loadFile(join(this.folder, "pybootd.ini"), { services, interfaces: [interfaceWith("lo", "127.0.0.1/8")] });
  }

  daemon(): Promise<Logged> {
    return startDaemon(this.#t, this.config, system);
  }

  send(chaddr: string, options: NonNullable<RequestFields["options"]>, ciaddr = "0.0.0.0"): void {
    this.#relay.send(makeRequest({ chaddr, ciaddr, giaddr: RELAY, hops: 1, options }), this.#port, SERVER);
  }

  async ask(...request: Parameters<Site["send"]>): Promise<Reply> {
    this.send(...request);
    const [payload] = (await once(this.#relay, "message")) as [Buffer];
    return readReply(payload);
  }

  /** DISCOVER and REQUEST. */
  async obtain(mac: string): Promise<Reply> {
    const { yiaddr } = await this.ask(mac, [[53, "01"]]);
    return this.ask(mac, [
      [53, "03"],
      [54, quad(SERVER)],
      [50, quad(yiaddr)],
    ]);
  }

  /** Renews a lease. @returns the type of the answer */
  async renew(mac: string, address: string): Promise<string | undefined> {
    return (await this.ask(mac, [[53, "03"]], address)).options.get(53);
  }
}

await t.test("away at the start, without a snapshot: leases go on, strangers wait until it is back", async (t) => {
  const site = await Site.open(t);
  const first = await site.daemon();
  t.match(await site.obtain(ONE), { yiaddr: GIVEN });
  await first.daemon.stop();
  rmSync(join(site.folder, "state/inventory"), { recursive: true });

  await site.server.stop();
  site.givesFrom("127.0.0.200");
  const { lines } = await site.daemon();
  t.ok(lines.some((line) => /hosts\.yaml cannot be read: .*ECONNREFUSED.*never read/.test(line)));
  t.equal(await site.renew(ONE, GIVEN), "05", "though it is not in the pool");
  site.send(TWO, [[53, "01"]]);
  const ignored = await said(lines, /aa:bb:02: ignored/);
  t.match(ignored, /the inventory is not known yet: http:\S+hosts\.yaml: .*ECONNREFUSED/);

  await site.server.start();
  await said(lines, /hosts\.yaml: 2 machines/);
  const { yiaddr, options } = await site.obtain(TWO);
  t.equal(yiaddr, "127.0.0.200");
  t.equal(options.get(12), text("two"));
  t.equal(await site.renew(ONE, GIVEN), "06", "now it is known that it has no such address");
  t.notMatch(lines.join("\n"), "s3cret");
});

await t.test("away at the start, with a snapshot: machines get what they got", async (t) => {
  const site = await Site.open(t);
  const first = await site.daemon();
  t.match(await site.obtain(ONE), { yiaddr: GIVEN });
  await first.daemon.stop();
  t.ok(existsSync(join(site.folder, "state/inventory/hosts-file.jsonl")));
  await site.server.stop();
  const { lines } = await site.daemon();
  t.match(await said(lines, /cannot be read/), /Until then 2 machines of .* count/);
  t.equal(await site.renew(ONE, GIVEN), "05");
  t.equal((await site.obtain(TWO)).options.get(12), text("two"));
});

await t.test("a reload does not read it anew, unless its settings changed", async (t) => {
  const site = await Site.open(t);
  const { daemon, lines } = await site.daemon();
  t.strictSame(site.server.answers, [200]);
  const { length } = lines;
  await daemon.reload(site.config);
  t.strictSame(site.server.answers, [200]);
  t.notOk(lines.slice(length).some((line) => line.includes("2 machines")));
  const { config } = site;
  const hosts = { ...config.settings.hosts, refresh: 90 };
  await daemon.reload({ ...config, settings: { ...config.settings, hosts } });
  t.equal(site.server.answers.length, 2);
  t.equal((await site.obtain(TWO)).options.get(12), text("two"));
});
