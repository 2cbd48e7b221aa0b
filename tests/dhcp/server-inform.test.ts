/** A client that has an address from elsewhere asks for the network's parameters: RFC 2131 4.3.5, conformance A55. */

import t from "tap";
import { DhcpBench, SERVER } from "../support/dhcp-bench.js";
import { MAC, type RequestFields } from "../support/dhcp-packet.js";
import { ip } from "../support/values.js";

const CLIENT = "192.168.7.9";
const AGENT = "192.168.7.250";

/** Asks for the mask, DNS servers, and two things that only who has a lease is told. */
const INFORM: NonNullable<RequestFields["options"]> = [
  [53, "08"],
  [55, "0106333a"],
];

const start = (): Promise<DhcpBench> => DhcpBench.start({ allowSimple: true });

await t.test("A55 INFORM is answered with parameters and without a lease", async (t) => {
  const bench = await start();
  const [ack] = bench.ask({ ciaddr: CLIENT, options: INFORM });
  t.match(ack, { to: `${CLIENT}:68`, yiaddr: "0.0.0.0", ciaddr: CLIENT, codes: [53, 54, 1, 6] });
  t.equal(ack?.options.get(53), "05");
  t.equal(bench.leases.holderOf(ip(CLIENT)), undefined);
  t.strictSame(bench.log(), [`${MAC}: told the network's parameters to ${CLIENT}`]);
});

await t.test("A55 one that was relayed is answered at the client's address, past the relay agent", async (t) => {
  const bench = await start();
  const options = [...INFORM, [82, "0104deadbeef"]] as const;
  const [ack] = bench.ask({ ciaddr: CLIENT, giaddr: AGENT, hops: 3, options });
  t.match(ack, { to: `${CLIENT}:68`, giaddr: "0.0.0.0", hops: 0, ciaddr: CLIENT, codes: [53, 54, 1, 6] });
  t.notOk(ack?.options.has(82), "nor what only concerns that one");
});

await t.test(
  "A55 one without ciaddr is answered where it came from, or through the relay agent by broadcast",
  async (t) => {
    const bench = await start();
    const from = { address: ip(CLIENT), port: 68 };
    t.match(bench.ask({ options: INFORM }, { from }), [{ to: `${CLIENT}:68`, ciaddr: "0.0.0.0", yiaddr: "0.0.0.0" }]);
    const relayed = { giaddr: AGENT, options: [...INFORM, [82, "0104deadbeef"]] } as const;
    const [ack] = bench.ask(relayed, { from: { address: ip(AGENT), port: 67 } });
    t.match(ack, { to: `${AGENT}:67`, giaddr: AGENT, flags: 0x8000, codes: [53, 54, 1, 6, 82] });
  },
);

await t.test("A55 one without any address gets no answer", async (t) => {
  const bench = await start();
  t.strictSame(bench.ask({ options: INFORM }), []);
  t.match(bench.log(), [/: it asks for parameters but has no address to send them to$/]);
});

await t.test("D5 nothing is sent to an address elsewhere, which may be a victim's", async (t) => {
  const bench = await start();
  t.strictSame(bench.ask({ ciaddr: "10.9.9.9", options: INFORM }), []);
  t.strictSame(bench.ask({ ciaddr: "10.9.9.9", giaddr: AGENT, options: INFORM }), []);
  t.strictSame(bench.ask({ options: INFORM }, { from: { address: ip("10.9.9.9"), port: 68 } }), []);
  t.match(
    bench.log(),
    Array(3).fill(/: ignored a DHCP client: it asks for parameters at 10\.9\.9\.9, which is not in /),
  );
});

await t.test("A55 what an INFORM asks binds nothing, and leaves who holds an address its lease", async (t) => {
  const bench = await start();
  const address = bench.obtain() ?? "";
  const [ack] = bench.ask({ ciaddr: address, options: INFORM });
  t.match(ack, { to: `${address}:68`, yiaddr: "0.0.0.0", from: `${SERVER}:67` });
  t.equal(bench.leases.holderOf(ip(address)), MAC);
});
