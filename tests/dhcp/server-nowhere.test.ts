/** Whoever names an address that no other machine can have is not answered there: RFC 2131 4.1, conformance D5. */

import t from "tap";
import { DhcpBench, PXE, SERVER, type Answered } from "../support/dhcp-bench.js";
import { quad, type RequestFields } from "../support/dhcp-packet.js";
import { ip } from "../support/values.js";

/** The network's broadcast address, its own, ours, a group, and the limited broadcast. */
const NOBODYS = ["192.168.7.255", "192.168.7.0", SERVER, "224.0.0.1", "255.255.255.255"];
const EVERYBODY = "255.255.255.255:68";
const AGENT = "192.168.7.250";

const start = (proxy = false): Promise<DhcpBench> => DhcpBench.start({ allowSimple: true, proxy, bootServer: true });

function asked(bench: DhcpBench, type: string, fields: RequestFields, from?: string): readonly Answered[] {
  const way = from === undefined ? {} : { from: { address: ip(from), port: 68 } };
  return bench.ask({ ...fields, options: [[53, type], ...(fields.options ?? [])] }, way);
}

await t.test("D5 an INFORM of such an address gets no answer, relayed or not", async (t) => {
  const bench = await start();
  for (const address of NOBODYS) {
    t.strictSame(asked(bench, "08", { ciaddr: address }), [], `ciaddr ${address}`);
    t.strictSame(asked(bench, "08", {}, address), [], `from ${address}`);
    t.strictSame(asked(bench, "08", { ciaddr: address, giaddr: AGENT }, AGENT), [], `${address} by a relay agent`);
    t.match(bench.log(), Array(3).fill(/ignored a DHCP client: it asks for parameters at .*(?:can have|is not in )/));
  }
  t.match(asked(bench, "08", { giaddr: AGENT }, "192.168.7.255"), [{ to: `${AGENT}:67` }], "the agent is answered");
});

await t.test("D5 A81 who renews such an address is refused by broadcast", async (t) => {
  const bench = await start();
  bench.obtain();
  for (const address of NOBODYS) {
    for (const from of [undefined, address]) {
      for (const { to } of asked(bench, "03", { ciaddr: address }, from)) t.equal(to, EVERYBODY, address);
    }
  }
});

await t.test("D5 a DISCOVER or BOOTP request that comes from there is answered as any other", async (t) => {
  const bench = await start();
  for (const address of NOBODYS) {
    t.match(asked(bench, "01", {}, address), [{ to: EVERYBODY }], `from ${address}`);
    t.match(asked(bench, "01", { ciaddr: address }), [{ to: EVERYBODY }], `ciaddr ${address}`);
    const from = { address: ip(address), port: 68 };
    t.match(bench.ask({ ciaddr: address }, { from }), [{ to: EVERYBODY }], `BOOTP ${address}`);
  }
});

await t.test("D5 no relay agent has such an address", async (t) => {
  const bench = await start();
  for (const giaddr of NOBODYS) {
    for (const type of ["01", "03", "08"]) {
      t.strictSame(asked(bench, type, { giaddr, options: [[50, quad("192.168.7.99")]] }, AGENT), [], giaddr);
    }
  }
  t.match(bench.log().join("\n"), /giaddr 192\.168\.7\.255 can be no relay agent's address/);
});

for (const proxy of [false, true]) {
  await t.test(`D5 B13 nor is a boot server asked from there, ${proxy ? "as a proxy" : "as a server"}`, async (t) => {
    const bench = await start(proxy);
    const ask = (from: string, to = 4011): readonly Answered[] =>
      bench.ask(
        { ciaddr: from, options: [[53, "03"], ...PXE] },
        { from: { address: ip(from), port: 68 }, to: { address: ip(SERVER), port: to } },
      );
    for (const address of NOBODYS.filter((each) => each !== SERVER)) {
      t.strictSame(ask(address), [], address);
      for (const { to } of ask(address, 67)) t.equal(to, EVERYBODY);
    }
    t.match(bench.log().join("\n"), /it asks from 192\.168\.7\.255, which no machine can have/);
    t.match(ask(SERVER), [{ to: `${SERVER}:68` }], "this host itself may ask: --wire does");
    t.match(ask("192.168.7.9"), [{ to: "192.168.7.9:68" }]);
  });
}
