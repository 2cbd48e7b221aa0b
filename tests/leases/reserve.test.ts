/** Reservations that change while there are leases. */

import t from "tap";
import type { LeaseKey } from "../../lib/machine/lease-key.js";
import type { Ipv4 } from "../../lib/net/ipv4.js";
import { ALICE, BOB, CAROL, DAVE, DECLINE_SECONDS, makeTable, show, take } from "../support/lease-table.js";
import { ip } from "../support/values.js";

function plan(entries: readonly (readonly [LeaseKey, string])[]): ReadonlyMap<LeaseKey, Ipv4> {
  return new Map(entries.map(([key, address]) => [key, ip(address)]));
}

await t.test("A37d what was leased and is now another's is not had again; its machine gets another", (t) => {
  const { table } = makeTable();
  t.equal(take(table, ALICE), "10.0.0.10");
  table.reserve(plan([[BOB, "10.0.0.10"]]));
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
  table.reserve(plan([[BOB, "10.0.0.10"]]));
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
  table.reserve(new Map());
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
  table.reserve(plan([[ALICE, "10.0.0.10"]]));
  clock.advance(3_600_000);
  t.equal(take(table, BOB), undefined, "a reserved address outlasts its lease");
  t.ok(table.mayHave(ALICE, ip("10.0.0.10")));
  table.reserve(new Map());
  t.ok(table.mayHave(ALICE, ip("10.0.0.10")));
  t.equal(take(table, BOB), "10.0.0.10", "another's does not");
  t.end();
});

await t.test("what was declined and is then reserved goes to nobody else", (t) => {
  const { table, clock } = makeTable({ count: 1 });
  take(table, ALICE);
  table.decline(ALICE, ip("10.0.0.10"));
  table.reserve(plan([[BOB, "10.0.0.10"]]));
  clock.advance((DECLINE_SECONDS + 1) * 1000);
  t.equal(take(table, CAROL), undefined);
  t.equal(take(table, BOB), "10.0.0.10");
  t.end();
});

await t.test("several names of one machine share an address, which one of them has at a time", (t) => {
  const { table } = makeTable();
  table.reserve(
    plan([
      [ALICE, "10.0.0.10"],
      [BOB, "10.0.0.10"],
    ]),
  );
  t.equal(take(table, ALICE), "10.0.0.10");
  t.equal(take(table, BOB), "10.0.0.11");
  table.release(ALICE, ip("10.0.0.10"));
  t.equal(take(table, BOB), "10.0.0.10");
  t.ok(table.restore(CAROL, ip("10.0.0.11"), "bound", 60));
  t.notOk(table.restore(CAROL, ip("10.0.0.10"), "bound", 60));
  t.end();
});
