/** An address of ours that this host has lost: nothing is answered there. */

import t from "tap";
import { interfaceWith } from "../support/configuration.js";
import { DhcpBench, PXE } from "../support/dhcp-bench.js";

await t.test("a link whose address is gone answers nobody, and the others go on", async (t) => {
  const bench = await DhcpBench.start({ subnets: [{ prefix: "192.168.8", interfaceName: "eth1" }] });
  t.equal(bench.discover(PXE)?.yiaddr, "192.168.7.100");
  bench.server.keepAt([interfaceWith("eth1", "192.168.8.1/24")]);
  t.equal(bench.discover(PXE), undefined);
  const [offer] = bench.ask({ options: [[53, "01"], ...PXE] }, { on: "eth1" });
  t.equal(offer?.yiaddr, "192.168.8.100");
});

await t.test("the same address on another interface is another link's", async (t) => {
  const bench = await DhcpBench.start();
  bench.server.keepAt([interfaceWith("eth1", "192.168.7.1/24")]);
  t.equal(bench.discover(PXE), undefined);
});

await t.test("once the address is back, the next order serves it again", async (t) => {
  const bench = await DhcpBench.start();
  bench.server.keepAt([]);
  await bench.server.start();
  t.equal(bench.discover(PXE)?.yiaddr, "192.168.7.100");
});
