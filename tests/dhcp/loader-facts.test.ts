/** What TFTP is told of the machine that has an address. */

import t from "tap";
import { directoryOf } from "../../lib/dhcp/directory.js";
import { SnoopedAddresses } from "../../lib/dhcp/snooped-addresses.js";
import type { ClientFacts } from "../../lib/machine/directory.js";
import { text } from "../support/dhcp-packet.js";
import { DhcpBench, PXE } from "../support/dhcp-bench.js";
import { ip, mac } from "../support/values.js";

const CLIENT = "52:54:00:aa:bb:01";

await t.test("C14 iPXE is known for it as long as nothing else asks by DHCP in its place", async (t) => {
  const bench = await DhcpBench.start();
  const snooped = new SnoopedAddresses(10);
  const address = ip("192.168.1.7");
  const directory = directoryOf({
    allocation: () => undefined,
    machines: bench.machines,
    snooped,
    neighbourAt: () => undefined,
  });
  const facts = (): ClientFacts | undefined => directory.find(address);
  t.equal(facts(), undefined);
  snooped.note(address, mac(CLIENT));
  for (const [options, isIpxe] of [
    [PXE, false],
    [[...PXE, [77, text("iPXE")]], true],
    [PXE, false],
    [[...PXE, [175, "b10100"]], true],
    [[], false],
  ] as const) {
    bench.discover(options);
    t.equal(facts()?.isIpxe, isIpxe);
  }
});
