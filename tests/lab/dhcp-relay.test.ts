/** A client two networks away: its relay agent is behind another router. Conformance A30, A57, A59, A79. */

import t, { type Test } from "tap";
import { ACK, checkReplies, OFFER, REQUEST } from "./support/boot-proof.js";
import { Capture } from "./support/capture.js";
import { Daemon } from "./support/daemon.js";
import { DhcpScript } from "./support/dhcp-script.js";
import { Lab, skipReason, type Host } from "./support/lab.js";

const needs = (relay: string): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["ip", "sysctl", "tcpdump", "tshark", "udhcpc", relay] }) ?? false,
});

t.setTimeout(120_000);

const SERVER = "10.77.0.1";
/** The relay agent as its clients know it, and as its router does. */
const AGENT = "10.80.0.1";
const AGENT_OUTSIDE = "10.79.0.2";

/** Option 82, sub-option 1. */
const NOTES = "dhcp.option.agent_information_option.agent_circuit_id";

const INI = `[bootpd]
interface = eth0
allow_simple_dhcp = yes
pool_start = 10.77.0.100
pool_count = 10

[subnet far]
network = 10.80.0.0/24
pool_start = 10.80.0.50
pool_count = 10
gateway = ${AGENT}
dns = 10.80.0.53
`;

interface Net {
  readonly lab: Lab;
  readonly daemon: Daemon;
  readonly server: Host;
  readonly relay: Host;
  readonly client: Host;
}

/** client - 10.80.0.0/24 - relay - 10.79.0.0/24 - router - 10.77.0.0/24 - server */
async function openNet(t: Test): Promise<Net> {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const [server, router] = [await lab.host("server"), await lab.host("router")];
  const [relay, client] = [await lab.host("relay"), await lab.host("client")];
  await lab.link(router, "10.77.0.254/24", server, `${SERVER}/24`);
  await lab.link(router, "10.79.0.1/24", relay, `${AGENT_OUTSIDE}/24`);
  await lab.link(relay, `${AGENT}/24`, client, undefined);
  for (const host of [router, relay]) await host.must("sysctl", ["-q", "-w", "net.ipv4.ip_forward=1"]);
  await router.must("ip", ["route", "add", "10.80.0.0/24", "via", AGENT_OUTSIDE]);
  await relay.must("ip", ["route", "add", "10.77.0.0/24", "via", "10.79.0.1"]);
  await server.must("ip", ["route", "add", "10.0.0.0/8", "via", "10.77.0.254"]);
  return { lab, server, relay, client, daemon: await Daemon.start(lab, server, INI) };
}

/**
 * A client behind a relay agent obtains, renews and releases; then all that passed the server is looked at.
 *
 * @returns what the relay agent noted of the client's place
 */
async function useRelay(t: Test, start: (relay: Host) => Promise<unknown>): Promise<string> {
  const net = await openNet(t);
  const { lab, server, relay, client, daemon } = net;
  await start(relay);
  const capture = await Capture.start(lab, server, "eth0", "udp port 67 or udp port 68");
  const script = await DhcpScript.write(lab, client);
  const udhcpc = client.start("udhcpc", ["-i", "eth0", "-f", "-R", "-t", "5", "-T", "2", "-s", script.path]);
  const { address, ...told } = await daemon.explaining(script.told());
  t.match(told, { mask: "255.255.255.0", router: AGENT, dns: "10.80.0.53" }, "what is set for its network");
  t.equal(address, "10.80.0.50");
  await client.must("ip", ["route", "replace", "default", "via", AGENT]);

  const { length } = udhcpc.output;
  udhcpc.signal("SIGUSR1"); // udhcpc: renew now
  await daemon.explaining(udhcpc.waitFor(/lease of \S+ obtained/, 30, length));
  await udhcpc.stop();
  t.ok(await daemon.waitFor(/released 10\.80\.0\.50/, 10));
  await capture.stop();
  await checkReplies(t, capture);

  const fields = ["dhcp.option.dhcp", "ip.dst", "udp.dstport", "dhcp.ip.relay", "dhcp.ip.your", NOTES];
  const replies = await capture.read("dhcp.type == 2", fields);
  // A client may ask twice on a busy machine, and dhcrelay relays also the renewal that it sees go by.
  const [offer, ack] = [OFFER, ACK].map((type) => replies.find(([of]) => of === type));
  const notes = offer?.[5] ?? "";
  t.strictSame(offer, [OFFER, AGENT, "67", AGENT, address, notes], "A57 A79 to the relay agent");
  t.strictSame(ack, [ACK, AGENT, "67", AGENT, address, notes]);
  const renewal = replies.find((reply) => reply[3] === "0.0.0.0");
  t.strictSame(renewal, [ACK, address, "68", "0.0.0.0", address, ""], "A46 A81 a renewal goes past it");
  const asked = await capture.read(`dhcp.option.dhcp == ${REQUEST}`, ["dhcp.ip.relay", "dhcp.hops", NOTES]);
  t.strictSame(asked[0], [AGENT, "1", notes], "A59 what it notes comes back as it was");
  return notes;
}

await t.test("A30 A57 A59 through ISC's dhcrelay, with its notes", needs("dhcrelay"), async (t) => {
  const start = async (relay: Host): Promise<void> => {
    const interfaces = ["-id", "eth1", "-iu", "eth0"];
    const started = relay.start("dhcrelay", ["-4", "-d", "-a", ...interfaces, SERVER]);
    await started.waitFor(/Sending on +Socket\/fallback/, 10);
  };
  t.match(await useRelay(t, start), /^[0-9a-f]+$/, "it notes something");
});

await t.test("A30 A57 D16a through dnsmasq", needs("dnsmasq"), async (t) => {
  const start = async (relay: Host): Promise<void> => {
    const quiet = ["--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--user=root", "--port=0"];
    const started = relay.start("dnsmasq", [...quiet, "--log-dhcp", `--dhcp-relay=${AGENT},${SERVER}`]);
    await started.waitFor(/DHCP relay from/, 10);
  };
  await useRelay(t, start);
});
