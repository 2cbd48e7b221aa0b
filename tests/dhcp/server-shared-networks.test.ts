/** Several networks on one link: which of them a machine gets its address in. */

import t from "tap";
import { DhcpBench, POOL_COUNT, SERVER, type BenchOptions, type Way } from "../support/dhcp-bench.js";
import { MAC, quad, type RequestFields } from "../support/dhcp-packet.js";
import { ip, mac } from "../support/values.js";

const RELAY = "10.2.2.1";
const viaRelay: Way = { from: { address: ip(RELAY), port: 67 }, to: { address: ip(SERVER), port: 67 } };
const DISCOVER = [[53, "01"]] as const;
const other = (number: number): string => `52:54:00:aa:cc:0${number}`;

/** eth0 is in 192.168.7 and 10.1.1; behind one relay agent are 10.2.2 and 10.3.3, and behind another one is 10.4.4. */
const start = (options: BenchOptions = {}): Promise<DhcpBench> =>
  DhcpBench.start({
    allowSimple: true,
    subnets: [
      { prefix: "10.1.1", interfaceName: "eth0", facts: { leaseSeconds: 60 } },
      { prefix: "10.2.2", sharedNetwork: "far" },
      { prefix: "10.3.3", sharedNetwork: "far" },
      { prefix: "10.4.4" },
    ],
    ...options,
  });

/** DISCOVER and REQUEST. @returns the address that was acknowledged */
function obtain(bench: DhcpBench, fields: RequestFields, way?: Way): string | undefined {
  const [offer] = bench.ask({ ...fields, options: DISCOVER }, way);
  if (offer === undefined) return undefined;
  const options = [
    [53, "03"],
    [54, quad(SERVER)],
    [50, quad(offer.yiaddr)],
  ] as const;
  const [ack] = bench.ask({ ...fields, options }, way);
  return ack?.options.get(53) === "05" ? ack.yiaddr : undefined;
}

/** Machines take all addresses of the first network of a link. */
function useUp(bench: DhcpBench, fields: RequestFields = {}, way?: Way): void {
  for (let count = 0; count < POOL_COUNT; count++)
    obtain(bench, { ...fields, chaddr: `52:54:00:00:00:0${count}` }, way);
}

await t.test("when the pool of the first network is used up the next one serves", async (t) => {
  const bench = await start();
  useUp(bench);
  const [offer] = bench.ask({ chaddr: other(1), options: DISCOVER });
  t.equal(offer?.yiaddr, "10.1.1.100");
  t.equal(offer?.options.get(1), quad("255.255.255.0"));
  t.equal(offer?.options.get(3), quad("10.1.1.1"), "with the router of its network");
  t.equal(offer?.options.get(51), "0000003c", "and its lease time");
  t.equal(obtain(bench, { chaddr: other(1) }), "10.1.1.100");
  useUp(bench);
  bench.log();
  for (const number of [2, 3]) obtain(bench, { chaddr: other(number) });
  t.strictSame(bench.ask({ chaddr: other(4), options: DISCOVER }), []);
  t.match(bench.log().at(-1), /no address is left in 192\.168\.7\.0\/24 and 10\.1\.1\.0\/24: /);
});

await t.test("a BOOTP client is served by the next network too", async (t) => {
  const bench = await start();
  useUp(bench);
  t.match(bench.ask({ chaddr: other(1) }), [{ yiaddr: "10.1.1.100" }]);
});

await t.test(
  "a machine with a reservation in the second network gets that, on the link or through its relay agent",
  async (t) => {
    const bench = await start({
      reservations: { [MAC]: "10.1.1.20", [other(9)]: "10.3.3.20", "id:01aabb": "10.3.3.21" },
    });
    t.equal(obtain(bench, {}), "10.1.1.20");
    t.equal(obtain(bench, { chaddr: other(9), giaddr: RELAY }, viaRelay), "10.3.3.20");
    const [offer] = bench.ask({ chaddr: other(8), giaddr: RELAY, options: [...DISCOVER, [61, "01aabb"]] }, viaRelay);
    t.match(offer, { yiaddr: "10.3.3.21", giaddr: RELAY, to: `${RELAY}:67` });
    t.equal(obtain(bench, { chaddr: other(9) }), "192.168.7.100", "on another link it is a machine like any other");
  },
);

await t.test("the networks of one relay agent follow each other, beginning with the one that it names", async (t) => {
  const bench = await start();
  useUp(bench, { giaddr: RELAY }, viaRelay);
  t.equal(obtain(bench, { chaddr: other(1), giaddr: RELAY }, viaRelay), "10.3.3.100");
  t.equal(obtain(bench, { chaddr: other(2), giaddr: "10.3.3.1" }, viaRelay), "10.3.3.101");
  const link = [82, Buffer.from([5, 4, 10, 2, 2, 0]).toString("hex")] as const;
  const [linked] = bench.ask({ chaddr: other(3), giaddr: "192.168.7.9", options: [...DISCOVER, link] });
  t.equal(linked?.yiaddr, "10.3.3.102", "RFC 3527: a link is selected, whose first network is used up");
  t.equal(obtain(bench, { chaddr: other(4), giaddr: "10.4.4.1" }, viaRelay), "10.4.4.100", "another link is apart");
});

await t.test("who renews in one of them stays there", async (t) => {
  const bench = await start();
  useUp(bench);
  t.equal(obtain(bench, { chaddr: other(1) }), "10.1.1.100");
  const release = [
    [53, "07"],
    [54, quad(SERVER)],
  ] as const;
  bench.ask({ chaddr: "52:54:00:00:00:00", ciaddr: "192.168.7.100", options: release });
  const renewal = { chaddr: other(1), ciaddr: "10.1.1.100", options: [[53, "03"]] } as const;
  const unicast = { from: { address: ip("10.1.1.100"), port: 68 }, to: { address: ip(SERVER), port: 67 } };
  for (const way of [unicast, {}]) {
    const [ack] = bench.ask(renewal, way);
    t.match(ack, { yiaddr: "10.1.1.100" });
    t.equal(ack?.options.get(53), "05");
  }
  const rebooted = bench.ask({
    chaddr: other(1),
    options: [
      [53, "03"],
      [50, quad("10.1.1.100")],
    ],
  });
  t.equal(rebooted[0]?.options.get(53), "05", "and when it boots again");
  t.equal(obtain(bench, { chaddr: other(1) }), "10.1.1.100", "or asks anew");
});

await t.test("what a machine asks for in another network of its link it gets where that is free", async (t) => {
  const bench = await start();
  const wanted = (address: string, chaddr: string): string | undefined =>
    bench.ask({ chaddr, options: [...DISCOVER, [50, quad(address)]] })[0]?.yiaddr;
  t.equal(wanted("10.1.1.101", other(1)), "10.1.1.101");
  t.equal(wanted("10.1.1.101", other(2)), "192.168.7.100");
  t.equal(wanted("10.4.4.101", other(3)), "192.168.7.101", "not in one of another link");
});

await t.test("who gets a reservation in another network leaves the address that it had", async (t) => {
  const bench = await start({ reservations: { [MAC]: "10.1.1.20" } });
  void bench.leases.bind({ key: mac(MAC), mac: mac(MAC), hostName: undefined }, ip("192.168.7.100"), 3600);
  const [refusal] = bench.ask({ ciaddr: "192.168.7.100", options: [[53, "03"]] });
  t.equal(refusal?.options.get(53), "06", "its renewal is refused");
  t.equal(obtain(bench, {}), "10.1.1.20");
  t.equal(bench.leases.holderOf(ip("192.168.7.100")), undefined);
});

await t.test("what is given up is looked for where it is", async (t) => {
  const bench = await start({ reservations: { [other(2)]: "10.1.1.20" } });
  useUp(bench);
  obtain(bench, { chaddr: other(1) });
  bench.log();
  const release = [
    [53, "07"],
    [54, quad(SERVER)],
  ] as const;
  bench.ask({ chaddr: other(1), ciaddr: "10.1.1.100", options: release });
  t.match(bench.log().at(-1), /released 10\.1\.1\.100$/);
  obtain(bench, { chaddr: other(2) });
  bench.ask({
    chaddr: other(2),
    options: [
      [53, "04"],
      [54, quad(SERVER)],
      [50, quad("10.1.1.20")],
    ],
  });
  t.match(bench.log().at(-1), /10\.1\.1\.20/);
  const [informed] = bench.ask({
    chaddr: other(3),
    ciaddr: "10.1.1.77",
    options: [
      [53, "08"],
      [55, "03"],
    ],
  });
  t.equal(informed?.options.get(3), quad("10.1.1.1"), "and who has an address without a lease is told of its network");
});
