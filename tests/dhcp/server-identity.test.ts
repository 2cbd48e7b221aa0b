/** By what a machine is known, and what it is not confused with: conformance A8, A9, A25, A26, A27, A28. */

import t from "tap";
import { DhcpBench, POOL_START } from "../support/dhcp-bench.js";
import { MAC, type RequestFields } from "../support/dhcp-packet.js";

/** An InfiniBand card, whose address of 20 octets a message does not hold (RFC 4390). */
const INFINIBAND = { htype: 32, hlen: 0, chaddr: "00" } as const satisfies RequestFields;

type Options = NonNullable<RequestFields["options"]>;

/** RFC 4361 6.1: type 255, IAID, DUID. */
const identifier = (last: string): Options => [[61, `ff00000001000200000ab3112233445566${last}`]];

await t.test("A8 without a hardware address a client is known by its identifier, and hears a broadcast", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true, frames: true });
  const offer = bench.discover(identifier("01"), INFINIBAND);
  t.match(offer, { ...INFINIBAND, chaddr: "00".repeat(16), to: "255.255.255.255:68", mac: undefined });
  t.equal(offer?.options.get(61), identifier("01")[0]?.[1], "A28");
  t.match(bench.log(), [/^ff:00:00:00:01:00:02:.*:01: offered 192\.168\.7\.100 to a DHCP client/]);
  t.equal(bench.obtain(identifier("01"), INFINIBAND), POOL_START);
  t.equal(bench.obtain(identifier("02"), INFINIBAND), "192.168.7.101", "another one is another machine");
  t.equal(bench.obtain(identifier("01"), INFINIBAND), POOL_START);
});

await t.test("A8 its stages are its own too", async (t) => {
  const bench = await DhcpBench.start();
  const firmware = [...identifier("01"), [60, "5058452d"], [97, "0012345678abcdef001111abcdefabcdef"]] as const;
  t.equal(bench.obtain(firmware, INFINIBAND), POOL_START);
  t.equal(bench.discover(identifier("01"), INFINIBAND)?.yiaddr, POOL_START, "it was seen to boot");
  t.equal(bench.discover(identifier("02"), INFINIBAND), undefined, "not so this one");
});

await t.test("A8 A25 a client that nothing tells from others like it is not served", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  const nameless: readonly Options[] = [
    [],
    [[53, "01"]],
    [
      [53, "01"],
      [61, ""],
    ],
    [
      [53, "01"],
      [61, "ff"],
    ],
  ];
  for (const options of nameless) t.strictSame(bench.ask({ ...INFINIBAND, options }), []);
  t.match(bench.log(), Array(4).fill(/: dropped a DHCP packet: it has no hardware address/));
});

await t.test("A8 an identifier of several options is cut, not believed", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  const part: readonly [number, string] = [61, "ab".repeat(255)];
  t.equal(bench.obtain([part, part], INFINIBAND), POOL_START);
});

await t.test("A9 a hardware address of another length is one", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  const guid = "00112233445566778899aabbccddeeff";
  t.match(bench.discover([], { hlen: 16, chaddr: guid }), { chaddr: guid, hlen: 16, to: "255.255.255.255:68" });
  t.not(bench.discover()?.yiaddr, POOL_START, "and another machine's");
});

await t.test(
  "A26 A27 the ROM, iPXE and the system of a machine have one address by MAC, three by identifier",
  async (t) => {
    const stages: readonly Options[] = [[], [[61, `01${MAC.replaceAll(":", "")}`]], identifier("01")];
    const byMac = await DhcpBench.start({ allowSimple: true });
    t.strictSame(
      stages.map((options) => byMac.obtain(options)),
      Array(3).fill(POOL_START),
    );
    const byIdentifier = await DhcpBench.start({ allowSimple: true, clientKey: "client-id" });
    const addresses = stages.map((options) => byIdentifier.obtain(options));
    t.strictSame(addresses, [POOL_START, "192.168.7.101", "192.168.7.102"]);
  },
);

await t.test("A26 an identifier that is too short is none, whatever leases go by", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true, clientKey: "client-id" });
  for (const value of ["", "00", "ff"]) t.equal(bench.obtain([[61, value]]), POOL_START);
});
