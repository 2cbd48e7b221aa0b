/** Clients of several systems take a lease, renew it, find a server that moved, and release it. */

import t from "tap";
import { ACK, checkReplies, REQUEST } from "./support/boot-proof.js";
import { Capture } from "./support/capture.js";
import { ClientLab, SERVER } from "./support/client-lab.js";
import type { Daemon } from "./support/daemon.js";
import { skipReason } from "./support/lab.js";
import { CLIENT_NAMES, CLIENT_TOOLS, startClient, type RunningClient } from "./support/system-clients.js";

const needs = { skip: skipReason({ root: true, tools: ["ip", "tcpdump", "tshark", ...CLIENT_TOOLS] }) ?? false };

t.setTimeout(180_000);

/** The address of the server after it moved. */
const MOVED = "10.77.0.2";

const DHCP = "port 67 or port 68";

/** A client rebinds during an eighth of this time; most clients ask only once in it. */
const shortLeases = (ini: string): string => ini.replace("lease_time = 1h", "lease_time = 30");

/** The clients, each on a host of its own. */
async function startAll(net: ClientLab): Promise<readonly RunningClient[]> {
  return Promise.all(CLIENT_NAMES.map(async (name) => startClient(net.lab, await net.client(name), name)));
}

/** The address that the daemon says it leased or confirmed to a machine. */
async function given(daemon: Daemon, mac: string, how: "leased" | "confirmed"): Promise<string> {
  const [, address = ""] = await daemon.waitFor(new RegExp(`${mac}: ${how} (\\S+)`), 60);
  return address;
}

/** Returns the pattern of the log line about a release. */
const releaseOf = (address: string): RegExp => new RegExp(`released ${address.replaceAll(".", "\\.")}\\b`);

await t.test("A46 A48 A52 A54 a lease is obtained, renewed, rebound and released", needs, async (t) => {
  const net = await ClientLab.open({}, shortLeases);
  t.teardown(() => net.lab.close());
  const capture = await Capture.start(net.lab, net.server, "eth0", DHCP);
  const clients = await startAll(net);
  const addresses = await Promise.all(
    clients.map(async (client) => {
      const address = await given(net.daemon, client.mac, "leased");
      await net.daemon.explaining(client.has(address));
      return address;
    }),
  );
  t.equal(new Set(addresses).size, clients.length, `${addresses.join(", ")} differ`);
  const renewed = clients.map(({ mac }) => given(net.daemon, mac, "confirmed"));
  t.strictSame(await Promise.all(renewed), addresses, "each renews its own");

  const moved = await net.move(MOVED);
  const rebound = clients.map(({ mac }) => given(moved, mac, "confirmed"));
  t.strictSame(await Promise.all(rebound), addresses, "each keeps it when the server has another address");

  for (const [index, client] of clients.entries()) {
    await client.release();
    // udhcpc tells the server that it had at first.
    if (client.name !== "udhcpc")
      t.ok(await moved.waitFor(releaseOf(addresses[index] ?? ""), 10), `${client.name} releases`);
  }
  await capture.stop();
  await checkReplies(t, capture);
  for (const [index, { name, mac }] of clients.entries()) {
    const address = addresses[index] ?? "";
    const mine = `dhcp.hw.mac_addr == ${mac} && dhcp.ip.client == ${address}`;
    const asked = await capture.read(`${mine} && dhcp.option.dhcp == ${REQUEST}`, ["ip.dst"]);
    const answered = await capture.read(`${mine} && dhcp.option.dhcp == ${ACK}`, ["ip.src", "ip.dst", "dhcp.ip.your"]);
    // udhcpc spares itself the unicast where a lease is so short.
    if (name !== "udhcpc") t.strictSame(asked[0], [SERVER], `${name} renews by unicast`);
    t.ok(
      asked.some(([to]) => to === "255.255.255.255"),
      `${name} rebinds by broadcast`,
    );
    t.strictSame(answered[0], [SERVER, address, address], "A81 and is answered at its address");
    t.ok(
      answered.some(([from, to]) => from === MOVED && to === address),
      "also by the server that moved",
    );
  }
});
