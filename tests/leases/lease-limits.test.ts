import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import t from "tap";
import { EmbeddedAllocator } from "../../lib/leases/embedded-allocator.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import { formatIpv4, toIpv4 } from "../../lib/net/ipv4.js";
import { ALICE, BOB, DECLINE_SECONDS, makeTable, OFFER_SECONDS, show, START, take } from "../support/lease-table.js";
import { clientId, ip, macNumber } from "../support/values.js";

await t.test("a reserved address that its machine declined is never another's", (t) => {
  const { table, clock } = makeTable({ count: 1, reservations: [[ALICE, "10.0.0.10"]] });
  take(table, ALICE);
  t.equal(table.decline(ALICE, START), true);
  t.equal(take(table, ALICE), "10.0.0.10", "the operator's word goes before the machine's");
  clock.advance(DECLINE_SECONDS * 1000);
  t.equal(take(table, BOB), undefined);
  t.equal(table.holderOf(START), ALICE);
  t.end();
});

await t.test("however many reserved machines did not take their offers, others are answered", (t) => {
  const count = 50_000;
  const reservations = Array.from(
    { length: count },
    (_, index) => [macNumber(index), formatIpv4(toIpv4(ip("10.1.0.0") + index))] as const,
  );
  const { table, clock } = makeTable({ count: 1, reservations });
  for (const [key] of reservations) table.offer(key, undefined);
  take(table, macNumber(count));
  clock.advance(OFFER_SECONDS * 1000);
  t.equal(take(table, macNumber(count + 1)), undefined);
  t.end();
});

await t.test("a pool of a million gives 100,000 addresses, each to one machine", (t) => {
  const { table } = makeTable({ count: 1_000_000, excluded: ["10.0.0.12"] });
  const given = new Set<string | undefined>();
  for (let index = 0; index < 100_000; index++) given.add(take(table, macNumber(index)));
  t.equal(given.size, 100_000);
  t.equal(show(table.addressOf(macNumber(99_999))), formatIpv4(toIpv4(START + 100_000)), "in order");
  // The end of a pool is reached as fast, whoever asks for what.
  for (let index = 100_000; index < 200_000; index++)
    take(table, macNumber(index), formatIpv4(toIpv4(START + index * 4)));
  t.end();
});

await t.test("D3 machines that come and go without number leave nothing behind", (t) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { table, clock } = makeTable({ count: 10 });
  const leases = new EmbeddedAllocator(table, new MemoryStore(), clock, "client-id");
  const visit = (index: number): void => {
    const holder = {
      key: clientId(`id:${index.toString(16).padStart(400, "0")}`),
      mac: macNumber(index),
      hostName: undefined,
    };
    const address = table.offer(holder.key, undefined) ?? START;
    void leases.bind(holder, address, 3600);
    if (leases.holderOf(address) !== holder.mac) t.fail("each is known by its hardware address meanwhile");
    void leases.end(holder, address, "released");
    clock.advance(1000);
  };
  const mebibytesAfter = (from: number, to: number): number => {
    for (let index = from; index < to; index++) visit(index);
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const before = mebibytesAfter(0, 1000);
  t.ok(mebibytesAfter(1000, 100_000) < before + 10);
  t.end();
});
