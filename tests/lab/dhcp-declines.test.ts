/** Clients of several systems are offered an address that another machine uses. */

import t from "tap";
import { checkReplies } from "./support/boot-proof.js";
import { Capture } from "./support/capture.js";
import { ClientLab, POOL_START } from "./support/client-lab.js";
import { skipReason } from "./support/lab.js";
import { CLIENT_NAMES, CLIENT_TOOLS, startClient } from "./support/system-clients.js";

const needs = { skip: skipReason({ root: true, tools: ["ip", "tcpdump", "tshark", ...CLIENT_TOOLS] }) ?? false };

t.setTimeout(180_000);

/** DHCP message type, RFC 2132 9.6. */
const DECLINE = "4";

await t.test("A53 what another machine uses is declined, and offered to nobody again", needs, async (t) => {
  const net = await ClientLab.open();
  t.teardown(() => net.lab.close());
  // systemd-networkd 252 sends declines from the address that it declines, which the system refuses.
  const names = CLIENT_NAMES.filter((name) => name !== "systemd-networkd");
  const nth = (index: number): string => POOL_START.replace(/\d+$/, (last) => `${Number(last) + index}`);
  // Each client is offered the next fresh address, and the one after that.
  const used = names.map((_, index) => nth(2 * index));
  const squatter = await net.client("squatter");
  for (const address of used) await squatter.must("ip", ["address", "add", `${address}/24`, "dev", "eth0"]);
  const capture = await Capture.start(net.lab, net.server, "eth0", "port 67 or port 68");
  for (const [index, name] of names.entries()) {
    const client = await startClient(net.lab, await net.client(name), name);
    await net.daemon.explaining(client.has(nth(2 * index + 1)));
    const found = `${client.mac}: found ${nth(2 * index)} in use by another machine`;
    t.ok(net.daemon.log.includes(found), `${name} declines, and the log warns of it`);
  }
  await capture.stop();
  await checkReplies(t, capture);
  const declined = await capture.read(`dhcp.option.dhcp == ${DECLINE}`, ["dhcp.option.requested_ip_address"]);
  t.strictSame(declined.flat(), used, "each was offered once");
});
