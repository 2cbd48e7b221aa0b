/** `[bootpd] interface = eth0; eth1`: TFTP on each address of each, as its link carries it, and on no other interface. */

import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { Capture } from "./support/capture.js";
import { Daemon } from "./support/daemon.js";
import { Lab, skipReason, type Host } from "./support/lab.js";

const FILE = "image.bin";
/** A number of packets that fits into a capture's buffer even where tcpdump has to wait for the processor. */
const SIZE = 30_001;

/** The interfaces of the server, each with a cable to a client of its own. */
const LINKS = [
  { interfaceName: "eth0", addresses: ["10.77.0.1"], client: "10.77.0.2", mtu: 1500, served: true },
  // The second address is in the same network: what leaves from it does so only when it is told to.
  { interfaceName: "eth1", addresses: ["10.78.0.1", "10.78.0.9"], client: "10.78.0.2", mtu: 1280, served: true },
  { interfaceName: "eth2", addresses: ["10.79.0.1"], client: "10.79.0.2", mtu: 1500, served: false },
] as const;

const SERVED = LINKS.filter(({ served }) => served).flatMap(({ addresses }) => addresses);

/** The headers of IPv4, of UDP and of a DATA packet. */
const HEADERS = 20 + 8 + 4;

class Net {
  #fetched = 0;

  private constructor(
    readonly lab: Lab,
    readonly server: Host,
    /** The hosts by their addresses. */
    readonly clients: ReadonlyMap<string, Host>,
    readonly content: Buffer,
  ) {}

  static async open(t: Test): Promise<Net> {
    const lab = await Lab.open();
    t.teardown(() => lab.close());
    const server = await lab.host("server");
    const clients = new Map<string, Host>();
    for (const { interfaceName, addresses, client, mtu } of LINKS) {
      const host = await lab.host(`client-${interfaceName}`);
      clients.set(client, host);
      await lab.link(server, undefined, host, `${client}/24`);
      for (const address of addresses) {
        await server.must("ip", ["address", "add", `${address}/24`, "dev", interfaceName]);
      }
      // Packets pass as they would a real card: the kernel does not hand on several as one.
      await server.must("ip", ["link", "set", interfaceName, "mtu", `${mtu}`, "gso_max_segs", "1"]);
      await host.must("ip", ["link", "set", "eth0", "mtu", `${mtu}`]);
    }
    const content = randomBytes(SIZE);
    const folder = join(Daemon.folder(lab, server), "files");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, FILE), content);
    return new Net(lab, server, clients, content);
  }

  host(client: string): Host {
    const host = this.clients.get(client);
    if (host === undefined) throw new Error(`the lab has no client ${client}`);
    return host;
  }

  startDaemon(more: string): Promise<Daemon> {
    const ini = `[bootpd]
interface = eth0; eth1
pool_start = 10.77.0.100
allow_simple_dhcp = yes

[tftpd]
root = ./files
${more}`;
    return Daemon.start(this.lab, this.server, ini);
  }

  /** Fetches the file with blocks as large as they may be, and compares it. */
  async fetch(client: string, address: string): Promise<boolean> {
    const local = join(this.lab.directory, `fetched-${++this.#fetched}`);
    const options = ["--option", "blksize 65464", "--option", "windowsize 8"];
    await this.host(client).must("atftp", [...options, "-g", "-r", FILE, "-l", local, address]);
    return (await readFile(local)).equals(this.content);
  }
}

t.setTimeout(120_000);

const tools = ["ip", "atftp", "tcpdump", "tshark", "ss", "socat", "udhcpc"];
await t.test("several interfaces", { skip: skipReason({ root: true, tools }) ?? false }, async (t) => {
  const net = await Net.open(t);

  for (const [title, more] of [
    ["a port for each transfer", ""],
    ["single_port = yes", "single_port = yes\n"],
  ] as const) {
    await t.test(title, async (t) => {
      const daemon = await net.startDaemon(more);
      t.match(daemon.log, /TFTP: eth0 and eth1, port 69,/);
      const listening = await net.server.must("ss", ["-Hulnp", "sport", "=", ":69"]);
      const bound = listening.match(/[^\s:]+(?=:69\s)/g) ?? [];
      t.strictSame(bound.sort(), [...SERVED].sort(), "a socket for each address of these interfaces, and none for all");

      for (const { interfaceName, addresses, client, mtu, served } of LINKS) {
        if (!served) continue;
        for (const address of addresses) {
          await t.test(`${address} on ${interfaceName}, MTU ${mtu}`, async (t) => {
            const capture = await Capture.start(
              net.lab,
              net.host(client),
              "eth0",
              "udp or icmp or ip[6:2] & 0x3fff != 0",
            );
            t.ok(await daemon.explaining(net.fetch(client, address)), "the file, each octet as it is");
            await capture.stop();
            const granted = await capture.read("tftp.opcode == 6", ["ip.src", "tftp.option.name", "tftp.option.value"]);
            t.strictSame(granted, [[address, "blksize,windowsize", `${mtu - HEADERS},8`]]);
            const sources = await capture.read(`ip.dst == ${client}`, ["ip.src"]);
            t.strictSame([...new Set(sources.flat())], [address], "all comes from the address that was asked");
            const ports = await capture.read(`ip.dst == ${client}`, ["udp.srcport"]);
            t.equal(ports.flat().includes("69"), more !== "");
            const largest = await capture.read(`ip.dst == ${client} && ip.len == ${mtu}`, ["ip.len"]);
            t.ok(largest.length > 0, "in packets as large as the link carries");
            t.strictSame(
              await capture.read("ip.flags.mf == 1 || ip.frag_offset > 0", ["ip.src"]),
              [],
              "none of them cut",
            );
          });
        }
      }

      await t.test("the interface that is not listed", async (t) => {
        const request = `\0\u0001${FILE}\0octet\0`;
        const asked = await net.host("10.79.0.2").run("socat", ["-T5", "-", "UDP:10.79.0.1:69"], { input: request });
        t.match(asked, { code: 1, stdout: /^$/, stderr: /Connection refused/ });
      });
      t.equal(await daemon.stop(), 0);
    });
  }

  await t.test("both at once", async (t) => {
    const daemon = await net.startDaemon("");
    const all = LINKS.filter(({ served }) => served).flatMap(({ addresses, client }) =>
      addresses.flatMap((address) => [net.fetch(client, address), net.fetch(client, address)]),
    );
    t.ok((await daemon.explaining(Promise.all(all))).every((whole) => whole));

    await t.test("DHCP serves only the interface whose network holds pool_start", async (t) => {
      const args = ["-i", "eth0", "-n", "-q", "-f", "-t", "2", "-T", "1", "-s", "/bin/true"];
      const [served, other] = await Promise.all(
        ["10.77.0.2", "10.78.0.2"].map((client) => net.host(client).run("udhcpc", args)),
      );
      t.match(served?.stderr, /lease of 10\.77\.0\.1\d\d obtained/);
      t.match(other, { code: 1, stderr: /no lease/ });
    });
  });
});
