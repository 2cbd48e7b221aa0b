/** Boot files beside another DHCP server, dnsmasq: in another namespace, and on the very host of pybootd. */

import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { makeRequest, quad, text, type RequestFields } from "../support/dhcp-packet.js";
import { fixturePath, readPcap } from "../support/pcap.js";
import { askFrom, type Heard } from "./support/ask-program.js";
import { Capture } from "./support/capture.js";
import { Daemon } from "./support/daemon.js";
import { startDnsmasq } from "./support/dnsmasq.js";
import { Lab, skipReason, type Host, type LabProcess } from "./support/lab.js";
import { Switch } from "./support/switch.js";

const PROGRAM = fileURLToPath(new URL("../../bin/pybootd.js", import.meta.url));

const tools = ["ip", "busybox", "dnsmasq", "tcpdump", "tshark", "udhcpc"];
const needs = { skip: skipReason({ root: true, tools }) ?? false };

t.setTimeout(120_000);

/** The DHCP server, as in the fixtures, and the proxyDHCP server. */
const DHCP = "10.77.0.1";
const PROXY = "10.77.0.2";

const INI = `[bootpd]
mode = auto-proxy
[logger]
level = debug
[bootfile]
default = pxelinux.0
00007 = shim.efi
[tftpd]
root = .
`;

/** A kind of firmware: what it says when it looks for an address, by a real one's packet, and what it is to get. */
const FIRMWARE = [
  { name: "BIOS, iPXE's ROM", capture: "ipxe-bios", architecture: "0000", file: "pxelinux.0", specific: "060108ff" },
  { name: "UEFI, EDK2", capture: "ovmf-pxe", architecture: "0007", file: "shim.efi", specific: undefined },
] as const;

class Net {
  private constructor(
    readonly lab: Lab,
    readonly network: Switch,
    readonly server: Host,
  ) {}

  static async open(t: Test): Promise<Net> {
    const lab = await Lab.open();
    t.teardown(() => lab.close());
    const network = await Switch.open(lab);
    const server = await lab.host("server");
    await network.connect(server, `${PROXY}/24`);
    return new Net(lab, network, server);
  }

  /** Starts dnsmasq as the DHCP server of the network, on a host of its own unless told. */
  async startDnsmasq(host?: Host, ...more: readonly string[]): Promise<LabProcess> {
    const on = host ?? (await this.lab.host("dhcp"));
    if (host === undefined) await this.network.connect(on, `${DHCP}/24`);
    return startDnsmasq(this.lab, on, ...more);
  }

  /** A machine without an address; packets to everybody leave it all the same. */
  async machine(name: string): Promise<Host> {
    const host = await this.lab.host(name);
    await this.network.connect(host);
    await host.must("ip", ["route", "add", "255.255.255.255", "dev", "eth0"]);
    return host;
  }

  capture(): Promise<Capture> {
    return Capture.start(this.lab, this.server, "eth0", "port 67 or port 68 or port 4011");
  }
}

/** The DISCOVER of a real machine; its answers are to be broadcast, since a socket without an address hears no others. */
function discoverOf(capture: string): Buffer {
  const [first] = readPcap(fixturePath(`dhcp/${capture}.pcap`));
  if (first === undefined) throw new Error(`${capture} is empty`);
  const discover = Buffer.from(first.payload);
  discover.writeUInt16BE(0x8000, 10);
  return discover;
}

function request(discover: Buffer, architecture: string, more: RequestFields): Buffer {
  const options = [
    [53, "03"],
    [60, text(`PXEClient:Arch:0${architecture}:UNDI:003000`)],
    [93, architecture],
    [55, "0103060c2b3c4243"],
    ...(more.options ?? []),
  ] as const;
  const chaddr = discover.toString("hex", 28, 34);
  return makeRequest({ xid: discover.readUInt32BE(4), chaddr, flags: 0x8000, ...more, options });
}

const BROADCAST = { from: "0.0.0.0:68", to: "255.255.255.255:67" } as const;

/** Returns the message of a server. */
function of(heard: readonly Heard[], from: string): Heard {
  const found = heard.find((each) => each.from === from);
  if (found === undefined) throw new Error(`nothing from ${from}, but ${heard.map((each) => each.from).join(", ")}`);
  return found;
}

/** Takes the address that was offered, and asks for the boot file with it. @returns what port 4011 says */
async function bootWith(t: Test, machine: Host, discover: Buffer, architecture: string, offer: Heard): Promise<Heard> {
  const [, server = ""] = /^(.*):/.exec(offer.from) ?? [];
  const taken = [
    [50, quad(offer.yiaddr)],
    [54, quad(server)],
  ] as const;
  const [ack] = await askFrom(machine, BROADCAST, request(discover, architecture, { options: taken }), 1);
  t.match(ack, { from: offer.from, yiaddr: offer.yiaddr });
  await machine.must("ip", ["address", "add", `${offer.yiaddr}/24`, "dev", "eth0"]);
  const ask = request(discover, architecture, { ciaddr: offer.yiaddr });
  const [answer] = await askFrom(machine, { from: `${offer.yiaddr}:4011`, to: `${PROXY}:4011` }, ask, 1);
  if (answer === undefined) throw new Error("port 4011 is silent");
  return answer;
}

/** Checks that tshark finds no fault in the proxy's replies, and that they give no address. */
async function checkWire(t: Test, capture: Capture): Promise<void> {
  await capture.stop();
  const ours = `dhcp.type == 2 && ip.src == ${PROXY}`;
  t.strictSame(await capture.malformed(ours), [], "tshark finds every reply well formed");
  const given = await capture.read(ours, ["dhcp.ip.your", "dhcp.option.ip_address_lease_time", "udp.length"]);
  t.ok(given.length > 0);
  for (const [yiaddr, lease, length] of given) {
    t.strictSame([yiaddr, lease], ["0.0.0.0", ""]);
    t.ok(Number(length) >= 308);
  }
}

await t.test("auto-proxy beside dnsmasq", needs, async (t) => {
  const net = await Net.open(t);
  await net.startDnsmasq();
  const daemon = await Daemon.start(net.lab, net.server, INI);
  t.match(
    daemon.log,
    /interface eth0, network 10\.77\.0\.0\/24, beside its DHCP server, as 10\.77\.0\.2 on ports 67 and 4011/,
  );

  for (const { name, capture: fixture, architecture, file, specific } of FIRMWARE) {
    await t.test(`B4 B7 B8 ${name}: two offers, the address of one, the boot file of the other`, async (t) => {
      const machine = await net.machine(fixture);
      const discover = discoverOf(fixture);
      const capture = await net.capture();
      const heard = await daemon.explaining(askFrom(machine, BROADCAST, discover, 2));
      const [address, boot] = [of(heard, `${DHCP}:67`), of(heard, `${PROXY}:67`)];
      t.match(address.yiaddr, /^10\.77\.0\.10\d$/);
      t.match(boot, { yiaddr: "0.0.0.0", siaddr: PROXY, file });
      t.equal(boot.options.get(60), text("PXEClient"));
      t.equal(boot.options.get(54), quad(PROXY));
      t.equal(boot.options.get(43), specific);
      const answer = await daemon.explaining(bootWith(t, machine, discover, architecture, address));
      t.match(answer, { from: `${PROXY}:4011`, yiaddr: "0.0.0.0", ciaddr: address.yiaddr, siaddr: PROXY, file });
      await checkWire(t, capture);
      await machine.must("ip", ["link", "set", "eth0", "down"]);
    });
  }

  await t.test("B5 systems, and iPXE's second question, are left to dnsmasq", async (t) => {
    const system = await net.machine("system");
    const capture = await net.capture();
    const udhcpc = await system.run("udhcpc", ["-i", "eth0", "-n", "-q", "-f", "-t", "5", "-s", "/bin/true"]);
    t.match(udhcpc.stderr, /lease of 10\.77\.0\.10\d obtained from 10\.77\.0\.1/);
    await daemon.waitFor(/left a DHCP client to another server: it is no firmware that boots from the network/, 10);
    await capture.stop();
    t.strictSame(await capture.read(`ip.src == ${PROXY}`, ["dhcp.type"]), []);
  });
  t.equal(await daemon.stop(), 0);
});

await t.test("dry_run = yes answers nothing, and says what it would have", needs, async (t) => {
  const net = await Net.open(t);
  const daemon = await Daemon.start(net.lab, net.server, INI.replace("[logger]", "dry_run = yes\n[logger]"));
  const machine = await net.machine("machine");
  const capture = await net.capture();
  await askFrom(machine, BROADCAST, discoverOf("ovmf-pxe"), 0);
  await daemon.waitFor(/offered PXE firmware, architecture 7 .*boot file shim\.efi \(dry run: not sent\)/, 10);
  t.equal(await daemon.stop(), 0, "all that was to be sent has left");
  await capture.stop();
  t.strictSame(await capture.read(`ip.src == ${PROXY}`, ["dhcp.type"]), []);
});

await t.test("who goes from the offer to TFTP without a REQUEST is known by its hardware address", needs, async (t) => {
  const net = await Net.open(t);
  await net.startDnsmasq();
  const machine = await net.machine("machine");
  const discover = discoverOf("ipxe-bios");
  const mac = (discover.toString("hex", 28, 34).match(/../g) ?? []).join(":");
  await machine.must("ip", ["link", "set", "eth0", "address", mac]);
  const files = { [`${mac.replaceAll(":", "-")}.txt`]: `made for ${mac}`, "who.txt": "made for nobody" };
  const daemon = await Daemon.start(net.lab, net.server, `${INI}\n[filters]\nwho.txt = ./{mac}.txt\n`, files);
  const heard = await daemon.explaining(askFrom(machine, BROADCAST, discover, 2));
  await machine.must("ip", ["address", "add", `${of(heard, `${DHCP}:67`).yiaddr}/24`, "dev", "eth0"]);
  const told = machine.must("busybox", ["tftp", "-g", "-r", "who.txt", "-l", "-", PROXY]);
  t.equal(await daemon.explaining(told), `made for ${mac}`);
});

await t.test("B6 beside dnsmasq on the very host: port67 = no, found out without a configuration", needs, async (t) => {
  const net = await Net.open(t);
  const vendor = ["--dhcp-vendorclass=set:pxe,PXEClient", "--dhcp-option=tag:pxe,60,PXEClient"];
  await net.startDnsmasq(net.server, ...vendor);
  const started = net.server.start(process.execPath, [PROGRAM], { cwd: "/" });
  await started.waitFor(/dnsmasq \(pid \d+\) has UDP port 67 of this host, so this runs as with port67 = no/, 20);
  await started.waitFor(/ready/, 20);
  const machine = await net.machine("machine");
  const discover = discoverOf("ovmf-pxe");
  const [offer] = await askFrom(machine, BROADCAST, discover, 1);
  if (offer === undefined) throw new Error("dnsmasq is silent");
  t.equal(offer.options.get(60), text("PXEClient"), "B13 which sends firmware to port 4011");
  t.notOk(offer.options.has(43));
  const capture = await net.capture();
  const answer = await bootWith(t, machine, discover, "0007", offer);
  t.match(answer, { from: `${PROXY}:4011`, file: "debian-installer/amd64/bootnetx64.efi", siaddr: PROXY });
  await capture.stop();
  t.strictSame(await capture.malformed("dhcp"), []);
  t.equal(await started.stop("SIGTERM"), 0);
});

await t.test("a server tells of dnsmasq on its link, and of itself not", needs, async (t) => {
  const net = await Net.open(t);
  const ini =
    "[bootpd]\npool_start = 10.77.0.50\nallow_simple_dhcp = yes\n[logger]\nlevel = debug\n[tftpd]\nroot = .\n";
  const dnsmasq = await net.startDnsmasq();
  const daemon = await Daemon.start(net.lab, net.server, ini);
  await daemon.waitFor(
    /warning +another DHCP server, 10\.77\.0\.1, answers on eth0: machines take the first offer/,
    10,
  );
  t.match(dnsmasq.output, /DHCPDISCOVER|DHCPOFFER|DHCP/);
  t.notMatch(daemon.log, /answers on eth0[^]*answers on eth0/);
  t.notMatch(daemon.log, /offered|ignored/, "its own question is not answered");
  t.equal(await daemon.stop(), 0);
});
