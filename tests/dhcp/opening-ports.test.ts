/** What can be done about a port of the DHCP side that another process has. */

import t from "tap";
import { openingAt, type PortSettings } from "../../lib/dhcp/opening-ports.js";
import type { ServicePort } from "../../lib/dhcp/link.js";
import { UNSPECIFIED } from "../../lib/net/ipv4.js";
import { asError } from "../../lib/common/error.js";

/** The advice, the second line of the message. */
async function adviceFor(port: ServicePort, proxy: PortSettings["proxy"]): Promise<string | undefined> {
  const taken = (): Promise<never> => Promise.reject(Object.assign(new Error("bind"), { code: "EADDRINUSE" }));
  const opening = openingAt({ listenAddress: UNSPECIFIED, proxy })(port, taken);
  const { message } = await opening.catch((error: unknown) => asError(error));
  return message.split("\n  ")[1];
}

await t.test("port 67 is the only one that machines ask: the other server goes, or gives the addresses", async (t) => {
  const port: ServicePort = { service: "dhcp", port: 67 };
  t.equal(
    await adviceFor(port, true),
    "Stop it, or set [bootpd] port67 = no: where that server sends option 60 (PXEClient), machines then ask our port 4011 (docs/booting.md).",
  );
  t.equal(
    await adviceFor(port, false),
    "Stop it, or let it give the addresses, with [bootpd] mode = auto-proxy and port67 = no (docs/booting.md).",
  );
});

await t.test("port 4011 is the only one that firmware asks a boot server at", async (t) => {
  const port: ServicePort = { service: "boot-server", port: 4011 };
  t.equal(await adviceFor(port, true), "Stop it.");
  t.equal(await adviceFor(port, false), "Stop it, or do without a [menu] and pxe_style = binl, which need that port.");
});

await t.test("who chose another port may choose yet another", async (t) => {
  t.equal(await adviceFor({ service: "dhcp", port: 1067 }, false), "Stop it, or set another [bootpd] port.");
  t.equal(await adviceFor({ service: "boot-server", port: 1411 }, true), "Stop it, or set another [bootpd] pxe_port.");
});
