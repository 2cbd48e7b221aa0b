/** The life of a lease: it is renewed, requested again after a reboot, declined, released. */

import { join } from "node:path";
import t from "tap";
import { ACK, checkReplies, REQUEST } from "./support/boot-proof.js";
import { Capture } from "./support/capture.js";
import { ClientLab, POOL_START, SERVER } from "./support/client-lab.js";
import { DhcpScript } from "./support/dhcp-script.js";
import { skipReason } from "./support/lab.js";

const needs = (...tools: string[]): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["ip", "tcpdump", "tshark", ...tools] }) ?? false,
});

/** DHCP message type, RFC 2132 9.6. */
const DECLINE = "4";

/** The pool's second address. */
const SECOND = "10.77.0.101";

/** udhcpc: in the foreground, five tries two seconds apart. */
const UDHCPC = ["-i", "eth0", "-f", "-n", "-t", "5", "-T", "2"] as const;

t.setTimeout(300_000);

/** The exchanges of clients, without the server's own search for other servers. */
const EXCHANGES = `dhcp && !(ip.src == ${SERVER} && udp.srcport == 68)`;

await t.test("a lease is renewed by unicast", needs("udhcpc"), async (t) => {
  const net = await ClientLab.open();
  t.teardown(() => net.lab.close());
  const host = await net.client("udhcpc");
  const script = await DhcpScript.write(net.lab, host);
  const client = host.start("udhcpc", [...UDHCPC, "-s", script.path]);
  const { address } = await net.daemon.explaining(script.told());
  const capture = await Capture.start(net.lab, net.server, "eth0", "port 67 or port 68");

  const { length } = client.output;
  client.signal("SIGUSR1"); // udhcpc: renew now
  await net.daemon.explaining(client.waitFor(/lease of \S+ obtained/, 30, length));
  await capture.stop();
  const fields = ["dhcp.option.dhcp", "ip.src", "ip.dst", "dhcp.ip.client"];
  t.strictSame(
    await capture.read(EXCHANGES, fields),
    [
      [REQUEST, address, SERVER, address],
      [ACK, SERVER, address, address],
    ],
    "RFC 2131 4.3.2 and 4.1: from ciaddr, and back to it",
  );
  await checkReplies(t, capture);
});

await t.test("a client that comes back asks for its address and gets it", needs("dhclient"), async (t) => {
  const net = await ClientLab.open();
  t.teardown(() => net.lab.close());
  const host = await net.client("dhclient");
  const script = await DhcpScript.write(net.lab, host);
  const file = (name: string): string => join(net.lab.directory, `dhclient.${name}`);
  const files = ["-cf", "/dev/null", "-lf", file("leases"), "-pf", file("pid"), "-sf", script.path];
  await net.daemon.explaining(host.must("dhclient", ["-4", "-1", "-v", ...files, "eth0"], { timeoutSeconds: 60 }));
  const { address } = await script.told();
  // -x ends dhclient without a release: as a power cut does.
  await host.must("dhclient", ["-4", "-x", ...files, "eth0"]);
  await host.must("ip", ["address", "flush", "dev", "eth0", "scope", "global"]);

  const capture = await Capture.start(net.lab, net.server, "eth0", "port 67 or port 68");
  await net.daemon.explaining(host.must("dhclient", ["-4", "-1", "-v", ...files, "eth0"], { timeoutSeconds: 60 }));
  await capture.stop();
  t.strictSame(
    await capture.read(EXCHANGES, ["dhcp.option.dhcp", "dhcp.option.requested_ip_address", "dhcp.ip.your"]),
    [
      [REQUEST, address, "0.0.0.0"],
      [ACK, "", address],
    ],
    "INIT-REBOOT, RFC 2131 4.3.2: no discover, the same address",
  );
  await checkReplies(t, capture);
});

await t.test("an address that another machine uses is declined and the next one given", needs("udhcpc"), async (t) => {
  const net = await ClientLab.open();
  t.teardown(() => net.lab.close());
  await net.client("squatter", `${POOL_START}/24`);
  const host = await net.client("udhcpc");
  const script = await DhcpScript.write(net.lab, host);
  const capture = await Capture.start(net.lab, net.server, "eth0", "port 67 or port 68");

  // -a: ask by ARP before the address is used; -A: after a decline, wait this many seconds.
  host.start("udhcpc", [...UDHCPC, "-a", "-A", "1", "-s", script.path]);
  const told = await net.daemon.explaining(script.told());
  t.equal(told.address, SECOND, "the client has the pool's second address");
  await capture.stop();
  const declined = await capture.read(`dhcp.option.dhcp == ${DECLINE}`, ["dhcp.option.requested_ip_address"]);
  t.ok(declined.length <= 1, "not offered again after it was declined");
  t.match(net.daemon.log, new RegExp(`${POOL_START.replaceAll(".", "\\.")} in use`), "the log warns of it");
  await checkReplies(t, capture);
});

await t.test(
  "without allow_simple_dhcp a client that has not booted by PXE gets nothing",
  needs("udhcpc"),
  async (t) => {
    const net = await ClientLab.open({}, (ini) =>
      ini.replace("allow_simple_dhcp = enable", "allow_simple_dhcp = disable"),
    );
    t.teardown(() => net.lab.close());
    const host = await net.client("udhcpc");
    const script = await DhcpScript.write(net.lab, host);
    const { code } = await host.run("udhcpc", [
      "-i",
      "eth0",
      "-f",
      "-n",
      "-q",
      "-t",
      "2",
      "-T",
      "1",
      "-s",
      script.path,
    ]);
    t.equal(code, 1, "udhcpc gives up");
    t.match(net.daemon.log, /ignored .*allow_simple_dhcp/, "the log tells why");
  },
);

await t.test("A34 an address that a squatter holds is not offered", needs("udhcpc"), async (t) => {
  const net = await ClientLab.open({}, (ini) => ini.replace("[bootfile]", "probe_time = 0.5\n\n[bootfile]"));
  t.teardown(() => net.lab.close());
  const squatter = await net.client("squatter", `${POOL_START}/24`);
  const mac = (await squatter.must("cat", ["/sys/class/net/eth0/address"])).trim();
  const host = await net.client("udhcpc");
  const script = await DhcpScript.write(net.lab, host);
  const capture = await Capture.start(net.lab, net.server, "eth0", "arp");
  await net.daemon.explaining(host.must("udhcpc", [...UDHCPC, "-q", "-s", script.path]));
  t.equal((await script.told()).address, SECOND);
  t.match(net.daemon.log, `not offered ${POOL_START}: ${mac} uses it, to which it was not given`);
  await capture.stop();
  const asked = await capture.read("arp.opcode == 1 && arp.src.proto_ipv4 == 0.0.0.0", ["arp.dst.proto_ipv4"]);
  t.strictSame([...new Set(asked.flat())], [POOL_START, SECOND], "an ARP probe for each (RFC 5227 2.1.1)");
});
