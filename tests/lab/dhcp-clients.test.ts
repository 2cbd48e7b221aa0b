/** The DHCP clients that systems ship each get an address, understand what they are told, and give it back. */

import { join } from "node:path";
import t, { type Test } from "tap";
import { ACK, checkReplies } from "./support/boot-proof.js";
import { Capture } from "./support/capture.js";
import { ClientLab, DNS, DOMAIN, POOL_START, SERVER } from "./support/client-lab.js";
import { DhcpScript, type Told } from "./support/dhcp-script.js";
import { skipReason } from "./support/lab.js";

const needs = (...tools: string[]): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["ip", "tcpdump", "tshark", ...tools] }) ?? false,
});

t.setTimeout(300_000);

/** The last octet of an address of 10.77.0.0/24. */
const last = (address: string): number => Number(/^10\.77\.0\.(\d+)$/.exec(address)?.[1]);

/** The client got an address of the pool's, and the rest as configured. */
function checkTold(t: Test, told: Told): void {
  const first = last(POOL_START);
  t.ok(last(told.address) >= first && last(told.address) < first + 10, `${told.address} is of the pool`);
  t.match(told, { mask: "255.255.255.0", router: SERVER, dns: DNS, domain: DOMAIN });
}

/** A lab with a capture of its DHCP; when the test ends, all replies in it must be sound. */
async function openLab(t: Test): Promise<{ net: ClientLab; finish: () => Promise<Capture> }> {
  const net = await ClientLab.open();
  t.teardown(() => net.lab.close());
  const capture = await Capture.start(net.lab, net.server, "eth0", "port 67 or port 68");
  const finish = async (): Promise<Capture> => {
    await capture.stop();
    await checkReplies(t, capture);
    return capture;
  };
  return { net, finish };
}

await t.test("dhclient gets an address and releases it", needs("dhclient"), async (t) => {
  const { net, finish } = await openLab(t);
  const host = await net.client("dhclient");
  const script = await DhcpScript.write(net.lab, host);
  const file = (name: string): string => join(net.lab.directory, `dhclient.${name}`);
  const files = ["-cf", "/dev/null", "-lf", file("leases"), "-pf", file("pid"), "-sf", script.path];
  await net.daemon.explaining(host.must("dhclient", ["-4", "-1", "-v", ...files, "eth0"], { timeoutSeconds: 60 }));
  const told = await script.told();
  checkTold(t, told);

  await host.must("dhclient", ["-4", "-r", "-v", ...files, "eth0"]);
  t.ok(await net.daemon.waitFor(new RegExp(`${told.address}.*releas|releas.*${told.address}`, "i"), 10));
  await finish();
});

await t.test("udhcpc gets an address and releases it", needs("udhcpc"), async (t) => {
  const { net, finish } = await openLab(t);
  const host = await net.client("udhcpc");
  const script = await DhcpScript.write(net.lab, host);
  const client = host.start("udhcpc", ["-i", "eth0", "-f", "-n", "-t", "5", "-T", "2", "-R", "-s", script.path]);
  await net.daemon.explaining(client.waitFor(/lease of \S+ obtained/, 30));
  const told = await script.told();
  checkTold(t, told);

  await client.stop();
  t.ok(await net.daemon.waitFor(new RegExp(`${told.address}.*releas|releas.*${told.address}`, "i"), 10));
  await finish();
});

await t.test("dhcpcd gets an address and releases it", needs("dhcpcd"), async (t) => {
  const { net, finish } = await openLab(t);
  const host = await net.client("dhcpcd");
  const script = await DhcpScript.write(net.lab, host);
  // It has no options for where it keeps its files; mounts made here are seen by this one command only.
  const inside = 'for dir in /run/dhcpcd /var/lib/dhcpcd; do mkdir -p $dir; mount -t tmpfs none $dir; done; exec "$@"';
  const options = ["-4", "-B", "-d", "--noipv4ll", "--config", "/dev/null", "-o", "domain_name_servers"];
  const args = ["dhcpcd", ...options, "-o", "domain_name", "--script", script.path, "eth0"];
  const client = host.start("sh", ["-c", inside, "sh", ...args]);
  await net.daemon.explaining(client.waitFor(/leased \S+ for/, 60));
  await client.waitFor(/spawned listener/, 30); // by which it will send the release
  const told = await script.told();
  checkTold(t, told);

  client.signal("SIGALRM"); // dhcpcd(8): release, then exit
  t.ok(await net.daemon.waitFor(new RegExp(`${told.address}.*releas|releas.*${told.address}`, "i"), 10));
  await finish();
});

await t.test("three clients at once get three addresses", needs("udhcpc"), async (t) => {
  const { net, finish } = await openLab(t);
  const addresses = await Promise.all(
    ["one", "two", "three"].map(async (name) => {
      const host = await net.client(name);
      const script = await DhcpScript.write(net.lab, host);
      const args = ["-i", "eth0", "-f", "-n", "-q", "-t", "5", "-T", "2", "-s", script.path];
      await net.daemon.explaining(host.must("udhcpc", args));
      return (await script.told()).address;
    }),
  );
  t.equal(new Set(addresses).size, 3, `${addresses.join(", ")} differ`);
  await finish();
});

await t.test("nmap's broadcast-dhcp-discover reads the offer", needs("nmap"), async (t) => {
  const { net, finish } = await openLab(t);
  const host = await net.client("nmap", "10.77.0.7/24");
  const said = await host.must("nmap", ["--script", "broadcast-dhcp-discover", "-e", "eth0"], { timeoutSeconds: 60 });
  t.match(said, /DHCP Message Type: DHCPOFFER/);
  t.match(said, new RegExp(`Server Identifier: ${SERVER.replaceAll(".", "\\.")}`));
  t.match(said, /Subnet Mask: 255\.255\.255\.0/);
  await finish();
});

await t.test("nmap's dhcp-discover gets its DHCPINFORM acknowledged", needs("nmap"), async (t) => {
  const { net, finish } = await openLab(t);
  const host = await net.client("nmap", "10.77.0.7/24");
  const args = ["-n", "-Pn", "-sU", "-p", "67", "--script", "dhcp-discover", SERVER];
  const said = await host.must("nmap", args, { timeoutSeconds: 60 });
  t.match(said, /DHCP Message Type: DHCPACK/);
  t.match(said, new RegExp(`Domain Name Server: ${DNS.replaceAll(".", "\\.")}`));
  const capture = await finish();
  const acks = await capture.read(`dhcp.option.dhcp == ${ACK}`, ["dhcp.ip.your", "dhcp.option.ip_address_lease_time"]);
  t.ok(acks.length > 0, "there is an ACK");
  for (const ack of acks) t.strictSame(ack, ["0.0.0.0", ""], "without yiaddr and lease time, RFC 2131 4.3.5");
});
