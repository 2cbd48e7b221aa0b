/** Who gets which address, as clients see it. */

import t from "tap";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import { DhcpBench, POOL_COUNT, POOL_START, PXE, SERVER } from "../support/dhcp-bench.js";
import { MAC, quad } from "../support/dhcp-packet.js";
import { ip } from "../support/values.js";
import { Refusal } from "../../lib/common/refusal.js";

const other = (number: number): string => `52:54:00:aa:cc:0${number}`;
const start = (): Promise<DhcpBench> => DhcpBench.start({ allowSimple: true });

await t.test("A31 a machine that discovers again is offered the same; another one is offered another", async (t) => {
  const bench = await start();
  t.equal(bench.discover()?.yiaddr, "192.168.7.100");
  t.equal(bench.discover([], { chaddr: other(1) })?.yiaddr, "192.168.7.101");
  t.equal(bench.discover()?.yiaddr, "192.168.7.100");
  t.equal(bench.discover([], { chaddr: other(1) })?.yiaddr, "192.168.7.101");
});

await t.test("A37c machines that ask at the same time get an address each", async (t) => {
  const bench = await start();
  const offered = Array.from(
    { length: POOL_COUNT },
    (_, index) => bench.discover([], { chaddr: other(index) })?.yiaddr,
  );
  t.equal(new Set(offered).size, POOL_COUNT);
  const taken = offered.map((address = "", index) => bench.request(address, [], { chaddr: other(index) })?.yiaddr);
  t.strictSame(taken, offered);
});

await t.test("A29 a DISCOVER that asks for a free address is offered that one", async (t) => {
  const bench = await start();
  t.equal(bench.discover([[50, quad("192.168.7.102")]])?.yiaddr, "192.168.7.102");
  t.equal(
    bench.discover([[50, quad("192.168.7.102")]], { chaddr: other(1) })?.yiaddr,
    "192.168.7.100",
    "not so a taken one",
  );
  t.equal(bench.discover([[50, quad("10.0.0.9")]], { chaddr: other(2) })?.yiaddr, "192.168.7.101", "nor one elsewhere");
});

await t.test("a machine in [static_dhcp] always gets its address, which nobody else does", async (t) => {
  const bench = await DhcpBench.start({
    allowSimple: true,
    reservations: { [MAC]: "192.168.7.100", [other(9)]: "192.168.7.7" },
  });
  t.equal(bench.discover([], { chaddr: other(1) })?.yiaddr, "192.168.7.101", "it is left out of the pool");
  t.equal(bench.discover([[50, quad("192.168.7.102")]])?.yiaddr, "192.168.7.100", "whatever it asks for");
  t.equal(bench.obtain(), "192.168.7.100");
  t.equal(bench.obtain([], { chaddr: other(9) }), "192.168.7.7", "also outside the pool");
  const nak = bench.request("192.168.7.100", [], { chaddr: other(2) });
  t.equal(nak?.options.get(53), "06", "A41");
});

await t.test("A32 where the pool is exhausted a new machine gets no answer and the log a warning", async (t) => {
  const bench = await start();
  for (let index = 0; index < POOL_COUNT; index++) bench.obtain([], { chaddr: other(index) });
  bench.log();
  t.equal(bench.discover(), undefined);
  t.match(bench.events, [{ kind: "dhcp-ignored", grave: true }]);
  t.match(bench.log(), [
    /: ignored a DHCP client: no address is left in 192\.168\.7\.0\/24: the pool \(pool_count\) is exhausted/,
  ]);
  t.strictSame(bench.ask({}), [], "BOOTP neither");
  t.match(bench.events, [{ kind: "dhcp-ignored", grave: false }], "one warning a minute");
  bench.clock.advance(60_000);
  bench.ask({});
  t.match(bench.events.at(-1), { kind: "dhcp-ignored", grave: true });
  const [renewed] = bench.ask({ chaddr: other(1), ciaddr: "192.168.7.101", options: [[53, "03"]] });
  t.equal(renewed?.options.get(53), "05", "who has one keeps it");
});

await t.test("A31 an offer that nobody takes is held for a minute, then it is another's", async (t) => {
  const bench = await start();
  for (let index = 0; index < POOL_COUNT; index++) bench.discover([], { chaddr: other(index) });
  bench.clock.advance(59_000);
  t.equal(bench.discover(), undefined);
  bench.clock.advance(2_000);
  t.equal(bench.discover()?.yiaddr, POOL_START);
});

await t.test("A38 a machine that takes another server's offer frees ours at once", async (t) => {
  const bench = await start();
  bench.discover();
  t.equal(bench.discover([], { chaddr: other(1) })?.yiaddr, "192.168.7.101");
  t.equal(bench.discover([], { chaddr: other(2) })?.yiaddr, "192.168.7.102");
  const elsewhere = [
    [53, "03"],
    [54, quad("192.168.7.254")],
    [50, quad("192.168.7.33")],
  ] as const;
  t.strictSame(bench.ask({ options: elsewhere }), []);
  t.match(bench.log().at(-1), /: ignored .*: it took the offer of another DHCP server, 192\.168\.7\.254$/);
  t.equal(bench.discover([], { chaddr: other(3) })?.yiaddr, "192.168.7.100");
});

await t.test("A38 a lease of ours is not given up by that", async (t) => {
  const bench = await start();
  bench.obtain();
  bench.ask({
    options: [
      [53, "03"],
      [54, quad("192.168.7.254")],
      [50, quad("192.168.7.33")],
    ],
  });
  t.equal(bench.leases.holderOf(ip(POOL_START)), MAC);
});

await t.test("A40 after a restart a machine is acknowledged what it was offered before", async (t) => {
  const bench = await start();
  t.equal(bench.request("192.168.7.102")?.options.get(53), "05");
  t.equal(bench.leases.holderOf(ip("192.168.7.102")), MAC);
});

await t.test("A41 A51 an address that is not to be had is refused to all, with the reason", async (t) => {
  const bench = await start();
  bench.obtain([], { chaddr: other(1) });
  bench.log();
  const nak = bench.request(POOL_START, [[61, `01${MAC.replaceAll(":", "")}`]]);
  t.match(nak, { to: "255.255.255.255:68", yiaddr: "0.0.0.0", siaddr: "0.0.0.0", file: "", codes: [53, 54, 56, 61] });
  t.equal(nak?.options.get(53), "06");
  const reason = "it is not free or not in the pool";
  t.equal(Buffer.from(nak?.options.get(56) ?? "", "hex").toString(), reason, "for the client's log");
  t.strictSame(bench.log(), [`${MAC}: refused ${POOL_START} to a DHCP client: ${reason}`], "and for ours");
  t.equal(bench.leases.holderOf(ip(POOL_START)), other(1), "the holder keeps it");
});

await t.test("A43 A44 A45 INIT-REBOOT is confirmed, refused or left to others", async (t) => {
  const bench = await start();
  const reboot = (address: string, chaddr: string): string | undefined =>
    bench
      .ask({
        chaddr,
        options: [
          [53, "03"],
          [50, quad(address)],
        ],
      })[0]
      ?.options.get(53);
  bench.obtain();
  t.equal(reboot(POOL_START, MAC), "05");
  t.equal(reboot("192.168.7.101", MAC), "06", "it has another");
  t.equal(reboot("10.0.0.9", MAC), "06", "it has come from elsewhere");
  t.equal(reboot("192.168.7.101", other(1)), undefined, "nobody knows it");
});

await t.test("A54 a release frees the address, is logged, gets no answer, and the machine gets it again", async (t) => {
  const bench = await start();
  bench.obtain();
  bench.log();
  const release = {
    ciaddr: POOL_START,
    options: [
      [53, "07"],
      [54, quad(SERVER)],
    ],
  } as const;
  t.strictSame(bench.ask({ ...release, chaddr: other(1) }), [], "of somebody else's address");
  t.equal(bench.leases.holderOf(ip(POOL_START)), MAC, "which changes nothing");
  bench.log();
  t.strictSame(bench.ask(release), []);
  t.match(bench.events, [{ kind: "dhcp-released", address: ip(POOL_START) }]);
  t.strictSame(bench.log(), [`${MAC}: released ${POOL_START}`]);
  t.equal(bench.leases.holderOf(ip(POOL_START)), undefined);
  t.equal(bench.obtain(), POOL_START);
});

await t.test("what firmware gives back stays its own for ten minutes, what a system gives back is free", async (t) => {
  const give = (bench: DhcpBench): void => {
    const [type, server] = [
      [53, "07"],
      [54, quad(SERVER)],
    ] as const;
    bench.ask({ ciaddr: POOL_START, options: [type, server] });
  };
  const bench = await DhcpBench.start({ allowSimple: true, poolCount: 1 });
  bench.obtain(PXE);
  give(bench);
  t.equal(bench.leases.userOf(ip(POOL_START)), MAC, "it is known");
  bench.clock.advance(599_000);
  t.equal(bench.obtain([], { chaddr: other(1) }), undefined);
  bench.clock.advance(2000);
  t.equal(bench.obtain([], { chaddr: other(1) }), POOL_START);

  const system = await DhcpBench.start({ allowSimple: true, poolCount: 1 });
  system.obtain(PXE);
  system.obtain();
  give(system);
  t.equal(system.leases.userOf(ip(POOL_START)), undefined);
  system.clock.advance(1000);
  t.equal(system.obtain([], { chaddr: other(1) }), POOL_START);
});

await t.test("a release that is repeated, or of what was never taken, releases nothing", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true, reservations: { [MAC]: "192.168.7.7" } });
  const release = {
    ciaddr: "192.168.7.7",
    options: [
      [53, "07"],
      [54, quad(SERVER)],
    ],
  } as const;
  bench.ask(release);
  t.match(bench.events.splice(0), [{ kind: "dhcp-ignored" }]);
  bench.obtain();
  bench.ask(release);
  t.match(bench.events.splice(0).at(-1), { kind: "dhcp-released" });
  bench.ask(release);
  t.match(
    bench.events,
    [{ kind: "dhcp-ignored", cause: { code: "releases-too-late" } }],
    "[bootpd] notify is not told twice",
  );
});

await t.test("A53 a declined address is left alone for a day, with a warning; the machine gets another", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true, facts: { leaseSeconds: 200_000 } });
  bench.obtain();
  bench.log();
  const decline = [
    [53, "04"],
    [54, quad(SERVER)],
    [50, quad(POOL_START)],
  ] as const;
  t.strictSame(bench.ask({ chaddr: other(1), options: decline }), []);
  t.equal(bench.leases.holderOf(ip(POOL_START)), MAC, "nobody declines for another");
  bench.log();
  t.strictSame(bench.ask({ options: decline }), []);
  t.match(bench.events, [{ kind: "dhcp-declined", address: ip(POOL_START) }]);
  t.strictSame(bench.log(), [`${MAC}: found ${POOL_START} in use by another machine`]);
  t.equal(bench.obtain(), "192.168.7.101");
  t.equal(bench.obtain([], { chaddr: other(1) }), "192.168.7.102");
  bench.clock.advance(86_000_000);
  t.equal(bench.discover([], { chaddr: other(2) }), undefined);
  bench.clock.advance(401_000);
  t.equal(bench.discover([], { chaddr: other(2) })?.yiaddr, POOL_START);
});

await t.test("a release or a decline is taken from a machine that would not be served (any more)", async (t) => {
  const access = { judge: () => (allowed ? { granted: allowed } : new Refusal({ code: "no-uuid" } as const)) };
  let allowed = true;
  const bench = await DhcpBench.start({ allowSimple: true, access });
  bench.obtain();
  allowed = false;
  bench.ask({
    ciaddr: POOL_START,
    options: [
      [53, "07"],
      [54, quad(SERVER)],
    ],
  });
  t.equal(bench.leases.holderOf(ip(POOL_START)), undefined);
});

await t.test("A35 a lease is kept for as long as its machine was told", async (t) => {
  const store = new MemoryStore();
  const bench = await DhcpBench.start({
    allowSimple: true,
    store,
    facts: { leaseBounds: { least: 600, most: Infinity } },
  });
  const keptFor = (wish: string): number | undefined => {
    bench.obtain([[51, wish]]);
    const [lease] = store.load();
    return lease === undefined ? undefined : (lease.ends - lease.starts) / 1000;
  };
  t.equal(keptFor("00001c20"), 7200);
  t.equal(keptFor("00000001"), 600);
  t.equal(keptFor("ffffffff"), Infinity);
});
