/** Reservations that change while there are leases. */

import t from "tap";
import type { LeaseTable } from "../../lib/leases/lease-table.js";
import { reservationChanges, Reservations } from "../../lib/leases/reservations.js";
import type { LeaseKey } from "../../lib/machine/lease-key.js";
import { toIpv4, type Ipv4 } from "../../lib/net/ipv4.js";
import { ALICE, BOB, CAROL, DAVE, DECLINE_SECONDS, makeTable, show, START, take } from "../support/lease-table.js";
import { ip, mac } from "../support/values.js";

function plan(entries: readonly (readonly [LeaseKey, string])[]): ReadonlyMap<LeaseKey, Ipv4> {
  return new Map(entries.map(([key, address]) => [key, ip(address)]));
}

/** Makes these the reservations of a table that has `former` ones. */
function reserve(
  table: LeaseTable,
  now: readonly (readonly [LeaseKey, string])[],
  former: readonly (readonly [LeaseKey, string])[] = [],
): void {
  table.reserve(reservationChanges(plan(former), plan(now)));
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, "0");
}

await t.test("A37d what was leased and is now another's is not had again; its machine gets another", (t) => {
  const { table } = makeTable();
  t.equal(take(table, ALICE), "10.0.0.10");
  reserve(table, [[BOB, "10.0.0.10"]]);
  t.equal(table.holderOf(ip("10.0.0.10")), ALICE, "until it is taken");
  t.notOk(table.mayHave(ALICE, ip("10.0.0.10")));
  t.equal(take(table, BOB), "10.0.0.11", "another one as long as it is used");
  t.equal(take(table, ALICE), "10.0.0.12");
  t.equal(show(table.offer(ALICE, undefined)), "10.0.0.12");
  t.notOk(table.mayHave(BOB, ip("10.0.0.11")));
  t.equal(take(table, BOB), "10.0.0.10");
  t.end();
});

await t.test("a machine whose address is another's by now does not use up the pool by asking", (t) => {
  const { table } = makeTable();
  take(table, ALICE);
  reserve(table, [[BOB, "10.0.0.10"]]);
  const offered = Array.from({ length: 5 }, () => show(table.offer(ALICE, undefined)));
  t.strictSame(new Set(offered), new Set(["10.0.0.11"]));
  t.equal(take(table, CAROL), "10.0.0.12");
  t.end();
});

await t.test("an address is for all again when it is reserved no more, and outside of the pool for nobody", (t) => {
  const { table } = makeTable({
    count: 1,
    reservations: [
      [ALICE, "10.0.0.10"],
      [BOB, "10.0.0.99"],
    ],
  });
  t.equal(take(table, CAROL), undefined, "the one address is reserved");
  t.equal(take(table, BOB), "10.0.0.99");
  reserve(
    table,
    [],
    [
      [ALICE, "10.0.0.10"],
      [BOB, "10.0.0.99"],
    ],
  );
  t.notOk(table.mayHave(BOB, ip("10.0.0.99")));
  t.ok(table.isOurs(ip("10.0.0.99")), "which it is told when it renews");
  t.equal(take(table, CAROL), "10.0.0.10");
  t.equal(take(table, BOB), undefined, "what it had is not given to it again");
  t.equal(take(table, DAVE), undefined, "nor to another");
  t.end();
});

await t.test("a machine keeps what it leased when that becomes its own, and when it is its own no more", (t) => {
  const { table, clock } = makeTable({ count: 1 });
  const address = table.offer(ALICE, undefined);
  table.bind(ALICE, address ?? ip("0.0.0.0"), 60);
  reserve(table, [[ALICE, "10.0.0.10"]]);
  clock.advance(3_600_000);
  t.equal(take(table, BOB), undefined, "a reserved address outlasts its lease");
  t.ok(table.mayHave(ALICE, ip("10.0.0.10")));
  reserve(table, [], [[ALICE, "10.0.0.10"]]);
  t.ok(table.mayHave(ALICE, ip("10.0.0.10")));
  t.equal(take(table, BOB), "10.0.0.10", "another's does not");
  t.end();
});

await t.test("what was declined and is then reserved goes to nobody else", (t) => {
  const { table, clock } = makeTable({ count: 1 });
  take(table, ALICE);
  table.decline(ALICE, ip("10.0.0.10"));
  reserve(table, [[BOB, "10.0.0.10"]]);
  clock.advance((DECLINE_SECONDS + 1) * 1000);
  t.equal(take(table, CAROL), undefined);
  t.equal(take(table, BOB), "10.0.0.10");
  t.end();
});

await t.test("several names of one machine share an address, which one of them has at a time", (t) => {
  const { table } = makeTable();
  reserve(table, [
    [ALICE, "10.0.0.10"],
    [BOB, "10.0.0.10"],
  ]);
  t.equal(take(table, ALICE), "10.0.0.10");
  t.equal(take(table, BOB), "10.0.0.11");
  table.release(ALICE, ip("10.0.0.10"));
  t.equal(take(table, BOB), "10.0.0.10");
  t.ok(table.restore(CAROL, ip("10.0.0.11"), "bound", 60));
  t.notOk(table.restore(CAROL, ip("10.0.0.10"), "bound", 60));
  t.end();
});

await t.test("an address that several names share is for all again when the last of them is gone", (t) => {
  const cards = [
    [ALICE, "10.0.0.10"],
    [BOB, "10.0.0.10"],
    [CAROL, "10.0.0.10"],
  ] as const;
  const { table } = makeTable({ count: 1, reservations: cards });
  reserve(table, [[CAROL, "10.0.0.10"]], cards);
  t.equal(table.userOf(START), CAROL);
  t.equal(take(table, DAVE), undefined);
  t.ok(table.mayHave(CAROL, START));
  t.notOk(table.mayHave(ALICE, START));
  reserve(table, [[BOB, "10.0.0.99"]], [[CAROL, "10.0.0.10"]]);
  t.equal(take(table, DAVE), "10.0.0.10");
  t.equal(take(table, BOB), "10.0.0.99");
  t.end();
});

await t.test("a change of one reservation of many thousands concerns no address but its own", (t) => {
  const many = new Map(
    Array.from({ length: 50_000 }, (_, n) => [mac(`02-01-00-00-${hex(n >> 8)}-${hex(n & 255)}`), toIpv4(START + n)]),
  );
  const reservations = new Reservations(many);
  const changes = { set: new Map([[ALICE, ip("10.9.9.9")]]), gone: [BOB] };
  t.strictSame(reservations.change(changes), new Set([ip("10.9.9.9")]), "no other address is looked at");
  t.equal(reservations.addressOf(ALICE), ip("10.9.9.9"));
  t.equal(reservations.byKey.size, many.size + 1);
  t.end();
});
