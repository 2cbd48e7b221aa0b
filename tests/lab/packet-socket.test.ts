/** A machine that has no address yet is answered alone, in a frame (RFC 2131 4.1; conformance A82, A83, A86). */

import t, { type Test } from "tap";
import { CHECK_CHECKSUMS } from "../support/tshark.js";
import { ACK, checkReplies, OFFER } from "./support/boot-proof.js";
import { Capture } from "./support/capture.js";
import { ClientLab, SERVER } from "./support/client-lab.js";
import { DhcpScript } from "./support/dhcp-script.js";
import { startFrames, TO } from "./support/frame-program.js";
import { Lab, skipReason, type Host } from "./support/lab.js";

const needs = (...tools: string[]): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["ip", "tcpdump", "tshark", ...tools] }) ?? false,
});

t.setTimeout(120_000);

const DHCP = "udp port 67 or udp port 68";
const EVERYBODY = { mac: "ff:ff:ff:ff:ff:ff", address: "255.255.255.255" };

async function macOf(host: Host): Promise<string> {
  return (await host.must("cat", ["/sys/class/net/eth0/address"])).trim();
}

/** The frames on the cable of the client, of another host on its switch, and of the server's other interface. */
interface Heard {
  readonly told: string;
  readonly client: Capture;
  readonly bystander: Capture;
  readonly elsewhere: Capture;
}

/** udhcpc asks, and gets an address. */
async function askWith(net: ClientLab, host: Host, ...options: readonly string[]): Promise<Heard> {
  const bystander = await net.client("bystander", "10.77.0.7/24");
  const elsewhere = await net.lab.host("elsewhere");
  await net.lab.link(net.server, "10.78.0.1/24", elsewhere, "10.78.0.2/24");
  const [client, ...others] = await Promise.all(
    [host, bystander, elsewhere].map((each) => Capture.start(net.lab, each, "eth0", DHCP)),
  );
  const [atBystander, atElsewhere] = others;
  if (client === undefined || atBystander === undefined || atElsewhere === undefined) throw new Error("no captures");
  const script = await DhcpScript.write(net.lab, host);
  const args = ["-i", "eth0", "-f", "-n", "-q", "-t", "5", "-T", "2", ...options, "-s", script.path];
  await net.daemon.explaining(host.must("udhcpc", args));
  const { address } = await script.told();
  for (const capture of [client, atBystander, atElsewhere]) await capture.stop();
  return { told: address, client, bystander: atBystander, elsewhere: atElsewhere };
}

/** The OFFER and the ACK that a capture holds, with where each came from and went. */
async function repliesIn(capture: Capture): Promise<readonly (readonly string[])[]> {
  const way = ["eth.src", "eth.dst", "ip.src", "udp.srcport", "ip.dst", "udp.dstport"];
  return capture.read("dhcp.type == 2", ["dhcp.option.dhcp", ...way]);
}

async function checkBroadcasts(t: Test, net: ClientLab, heard: Heard): Promise<void> {
  const { mac, address } = EVERYBODY;
  const way = [await macOf(net.server), mac, SERVER, "67", address, "68"];
  const expected = [
    [OFFER, ...way],
    [ACK, ...way],
  ];
  t.strictSame(await repliesIn(heard.client), expected);
  t.strictSame(await repliesIn(heard.bystander), expected, "everybody on the switch hears them");
  t.strictSame(await heard.elsewhere.read("dhcp", ["frame.number"]), [], "A86 nobody elsewhere");
  await checkReplies(t, heard.client);
}

await t.test("A83 A86 the OFFER and the ACK are frames for the machine that asked", needs("udhcpc"), async (t) => {
  const net = await ClientLab.open();
  t.teardown(() => net.lab.close());
  const host = await net.client("client");
  const heard = await askWith(net, host);
  const way = [await macOf(net.server), await macOf(host), SERVER, "67", heard.told, "68"];
  t.strictSame(await repliesIn(heard.client), [
    [OFFER, ...way],
    [ACK, ...way],
  ]);
  const fields = ["ip.checksum.status", "udp.checksum.status", "dhcp.ip.your"];
  const sound = await heard.client.read("dhcp.type == 2", fields, CHECK_CHECKSUMS);
  t.equal(sound.length, 2);
  for (const [ip, udp, your] of sound) t.strictSame([ip, udp, your], ["1", "1", heard.told], "right checksums");
  await checkReplies(t, heard.client);

  const asked = await heard.bystander.read("dhcp.type == 1", ["frame.number"]);
  t.ok(asked.length >= 2, "another host on the switch hears what is asked");
  t.strictSame(await repliesIn(heard.bystander), [], "but not what is answered");
  t.strictSame(await heard.elsewhere.read("dhcp", ["frame.number"]), [], "nor does anybody elsewhere");
  t.notMatch(net.daemon.log, /answered by broadcast|sending a DHCP reply/);
});

await t.test("A82 A86 a machine that asks for broadcasts gets them", needs("udhcpc"), async (t) => {
  const net = await ClientLab.open();
  t.teardown(() => net.lab.close());
  await checkBroadcasts(t, net, await askWith(net, await net.client("client"), "-B"));
});

await t.test(
  "A83 without the privilege all get broadcasts, and the log says so",
  needs("udhcpc", "setpriv"),
  async (t) => {
    const net = await ClientLab.open({}, undefined, ["setpriv", "--bounding-set=-net_raw"]);
    t.teardown(() => net.lab.close());
    t.match(net.daemon.log, /no address yet are answered by broadcast: .*CAP_NET_RAW.*EPERM/);
    await checkBroadcasts(t, net, await askWith(net, await net.client("client")));
  },
);

await t.test("an interface that goes and comes back with another index is found again", needs(), async (t) => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const [server, client] = [await lab.host("server"), await lab.host("client")];
  const plug = async (index: number): Promise<void> => {
    const peer = ["type", "veth", "peer", "name", "eth0", "netns", client.namespace];
    await server.must("ip", ["link", "add", "eth0", "index", `${index}`, ...peer]);
    await client.must("ip", ["link", "set", "eth0", "address", "52:54:00:aa:bb:01", "up"]);
    await server.must("ip", ["link", "set", "eth0", "up"]);
  };
  const expectFrame = async (): Promise<void> => {
    const watch = client.start("tcpdump", ["-n", "-e", "-l", "-c", "1", "-i", "eth0", "udp port 68"]);
    await watch.waitFor(/listening on/, 10);
    frames.signal("SIGUSR2");
    await watch.waitFor(new RegExp(`> 52:54:00:aa:bb:01, .*> ${TO.replaceAll(".", "\\.")}\\.68: `), 10);
  };

  await plug(70);
  const frames = await startFrames(server, "eth0", "52:54:00:aa:bb:01");
  await expectFrame();
  await server.must("ip", ["link", "delete", "eth0"]);
  frames.signal("SIGUSR2");
  await frames.waitFor(/if_nametoindex eth0: ENODEV/, 10);
  await plug(80);
  await expectFrame();
  t.pass("a frame before, and one after");
});
