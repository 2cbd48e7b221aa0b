/** Two clients with one MAC address: the operator is told once, and what helps. */

import t from "tap";
import { DhcpBench, POOL_START } from "../support/dhcp-bench.js";
import { MAC, quad, type RequestFields } from "../support/dhcp-packet.js";
import { macNumber } from "../support/values.js";

type Options = NonNullable<RequestFields["options"]>;
const ONE: Options = [[61, "ff0000000100"]];
const TWO: Options = [[61, "ff0000000200"]];

const WARNING = `${MAC}: two clients with this MAC address use ${POOL_START}, with the identifiers id:ff0000000100 and id:ff0000000200; [bootpd] client_key = client-id gives each an address of its own`;

function renew(bench: DhcpBench, options: Options, chaddr = MAC, ciaddr = POOL_START): void {
  const [ack] = bench.ask({ chaddr, ciaddr, options: [[53, "03"], ...options] });
  if (ack?.options.get(53) !== "05") throw new Error("a renewal was not acknowledged");
}

const warnings = (bench: DhcpBench): readonly string[] => bench.log().filter((line) => line.includes("two clients"));

await t.test("one warning where one renews, then the other, then the first again; no second one", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  bench.obtain(ONE);
  bench.obtain(TWO);
  renew(bench, ONE);
  renew(bench, TWO);
  t.strictSame(warnings(bench), []);
  renew(bench, ONE);
  t.strictSame(warnings(bench), [WARNING]);
  for (let count = 0; count < 3; count += 1) {
    renew(bench, TWO);
    renew(bench, ONE);
  }
  t.strictSame(warnings(bench), []);
});

await t.test("systems of one machine that run one after the other are no two clients", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  for (const system of [ONE, TWO, ONE, TWO]) {
    bench.obtain(system);
    renew(bench, system);
    renew(bench, system);
  }
  const reboot = [
    [53, "03"],
    [50, quad(POOL_START)],
  ] as const;
  for (const system of [ONE, TWO, ONE, TWO]) {
    bench.ask({ options: [...reboot, ...system] });
    renew(bench, system);
  }
  t.strictSame(warnings(bench), [], "a system that starts anew was not running meanwhile");
});

await t.test("one that started anew in between is found out by the other", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  bench.obtain(TWO);
  renew(bench, TWO);
  bench.obtain(ONE);
  renew(bench, ONE);
  bench.obtain(ONE);
  renew(bench, ONE);
  t.strictSame(warnings(bench), []);
  renew(bench, TWO);
  t.match(warnings(bench), [/two clients with this MAC address/]);
});

await t.test("no warning where each has its own lease, or without identifiers", async (t) => {
  const byIdentifier = await DhcpBench.start({ allowSimple: true, clientKey: "client-id" });
  const addresses = [byIdentifier.obtain(ONE), byIdentifier.obtain(TWO)];
  for (let count = 0; count < 2; count += 1) {
    renew(byIdentifier, ONE, MAC, addresses[0]);
    renew(byIdentifier, TWO, MAC, addresses[1]);
  }
  t.strictSame(warnings(byIdentifier), []);
  const plain = await DhcpBench.start({ allowSimple: true });
  plain.obtain();
  for (let count = 0; count < 4; count += 1) renew(plain, []);
  t.strictSame(warnings(plain), []);
  const reserved = await DhcpBench.start({ allowSimple: true, reservations: { [MAC]: POOL_START } });
  reserved.obtain(ONE);
  for (const each of [ONE, TWO, ONE]) renew(reserved, each);
  t.strictSame(warnings(reserved), [], "an address that is reserved for both is the operator's word");
});

await t.test("each MAC address has its own warning", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  for (const chaddr of [MAC, macNumber(7)]) {
    const address = bench.obtain(ONE, { chaddr });
    for (const each of [ONE, TWO, ONE]) renew(bench, each, chaddr, address);
  }
  t.equal(warnings(bench).length, 2);
});
