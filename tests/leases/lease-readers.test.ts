/** A machine that reads at an address that it has not taken, or has given back, keeps it. */

import t from "tap";
import type { AddressPlan } from "../../lib/leases/address-plan.js";
import type { LeaseKey } from "../../lib/machine/lease-key.js";
import { RELEASED_SECONDS } from "../../lib/leases/address-pool.js";
import { LeaseTable } from "../../lib/leases/lease-table.js";
import { EmbeddedAllocator } from "../../lib/leases/embedded-allocator.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import { Readers } from "../../lib/leases/readers.js";
import { ALICE, BOB, CAROL, OFFER_SECONDS, show, START, take } from "../support/lease-table.js";
import { ManualClock } from "../support/manual-clock.js";
import { clientId, ip } from "../support/values.js";

const SECOND = ip("10.0.0.11");

type Reservation = readonly [key: LeaseKey, address: string];

function makePlan(count: number, reservations: readonly Reservation[] = []): AddressPlan {
  return {
    ranges: [{ start: START, count }],
    excluded: new Set(),
    reservations: new Map(reservations.map(([key, address]) => [key, ip(address)])),
    offerSeconds: OFFER_SECONDS,
    declineSeconds: 86_400,
  };
}

function makeTable(
  count: number,
  reservations: readonly Reservation[] = [],
): { readonly table: LeaseTable; readonly clock: ManualClock; readonly readers: Readers } {
  const clock = new ManualClock();
  const readers = new Readers();
  return { table: new LeaseTable(makePlan(count, reservations), clock, readers), clock, readers };
}

await t.test("who was offered an address uses it as far as is known, until another is offered it", (t) => {
  const { table, clock } = makeTable(1);
  table.offer(ALICE, undefined);
  t.equal(table.userOf(START), ALICE);
  t.equal(table.holderOf(START), undefined, "it has not taken it");
  t.equal(table.userOf(SECOND), undefined);
  clock.advance((OFFER_SECONDS + 1) * 1000);
  t.equal(table.userOf(START), ALICE, "nobody else wanted it");
  table.offer(BOB, undefined);
  t.equal(table.userOf(START), BOB);
  t.end();
});

await t.test("an address is its key's by reservation, unless another machine has it yet", (t) => {
  const { table } = makeTable(2, [[CAROL, "10.0.0.77"]]);
  t.equal(table.userOf(ip("10.0.0.77")), CAROL);
  take(table, ALICE);
  table.reserve({ set: new Map([[BOB, START]]), gone: [] });
  t.equal(table.userOf(START), ALICE);
  table.release(ALICE, START);
  t.equal(table.userOf(START), BOB);
  t.end();
});

await t.test(
  "an address that is read at is not given to another machine, and for as long as an offer afterwards",
  (t) => {
    const { table, clock, readers } = makeTable(1);
    table.offer(ALICE, undefined);
    readers.begin(START);
    clock.advance(3_600_000);
    t.equal(table.userOf(START), ALICE);
    t.equal(table.offer(BOB, undefined), undefined);
    t.equal(table.offer(BOB, START), undefined, "nor to one that asks for it");
    readers.end(START);
    table.keep(ALICE, START);
    clock.advance((OFFER_SECONDS - 1) * 1000);
    t.equal(table.offer(BOB, undefined), undefined);
    clock.advance(2000);
    t.equal(show(table.offer(BOB, undefined)), "10.0.0.10");
    t.equal(table.userOf(START), BOB);
    t.end();
  },
);

await t.test("of several offers that are over the one that is not read at goes to another machine", (t) => {
  const { table, clock, readers } = makeTable(2);
  table.offer(ALICE, undefined);
  table.offer(BOB, undefined);
  readers.begin(START);
  clock.advance((OFFER_SECONDS + 1) * 1000);
  t.equal(show(table.offer(CAROL, undefined)), "10.0.0.11");
  t.equal(table.addressOf(ALICE), START);
  t.end();
});

await t.test("a lease that ran out while its machine reads is not another's meanwhile", (t) => {
  const { table, clock, readers } = makeTable(1);
  table.offer(ALICE, undefined);
  table.bind(ALICE, START, 60);
  readers.begin(START);
  clock.advance(120_000);
  t.equal(table.offer(BOB, undefined), undefined);
  readers.end(START);
  clock.advance((OFFER_SECONDS + 1) * 1000);
  t.equal(show(table.offer(BOB, undefined)), "10.0.0.10");
  t.end();
});

await t.test("a lease that was given back for a while is its machine's for that while", (t) => {
  const { table, clock } = makeTable(1);
  take(table, ALICE);
  table.release(ALICE, START, RELEASED_SECONDS);
  t.equal(table.userOf(START), ALICE);
  clock.advance((RELEASED_SECONDS - 1) * 1000);
  t.equal(table.offer(BOB, undefined), undefined);
  table.keep(ALICE, START);
  clock.advance((RELEASED_SECONDS - 1) * 1000);
  t.equal(table.offer(BOB, undefined), undefined, "it read meanwhile");
  t.equal(show(table.offer(ALICE, undefined)), "10.0.0.10");
  clock.advance(2000 + OFFER_SECONDS * 1000);
  t.equal(table.userOf(START), undefined);
  t.equal(show(table.offer(BOB, undefined)), "10.0.0.10");
  t.end();
});

await t.test("one that is given back while its machine reads is kept too", (t) => {
  const { table, clock, readers } = makeTable(1);
  take(table, ALICE);
  readers.begin(START);
  table.release(ALICE, START);
  readers.end(START);
  clock.advance((RELEASED_SECONDS - 1) * 1000);
  t.equal(table.userOf(START), ALICE);
  t.equal(table.offer(BOB, undefined), undefined);
  t.end();
});

await t.test("one that was given back for good is free at once", (t) => {
  const { table, clock } = makeTable(1);
  take(table, ALICE);
  table.release(ALICE, START);
  t.equal(table.userOf(START), undefined);
  clock.advance(1000);
  t.equal(show(table.offer(BOB, undefined)), "10.0.0.10");
  t.end();
});

await t.test("nobody keeps an address for another, nor a lease that runs for longer", (t) => {
  const { table, clock } = makeTable(1);
  table.offer(ALICE, undefined);
  clock.advance(30_000);
  table.keep(BOB, START);
  clock.advance(31_000);
  t.equal(show(table.offer(BOB, undefined)), "10.0.0.10");
  clock.advance(61_000);
  table.offer(ALICE, undefined);
  table.bind(ALICE, START, 10);
  table.keep(ALICE, START);
  clock.advance(12_000);
  t.equal(show(table.offer(CAROL, undefined)), "10.0.0.10", "it ran out after ten seconds");
  t.end();
});

await t.test("a machine that leases know by an identifier has its hardware address from the offer on", (t) => {
  const { table, clock } = makeTable(2, [[clientId("id:ff07"), "10.0.0.77"]]);
  const leases = new EmbeddedAllocator(table, new MemoryStore(), clock, "client-id");
  leases.hold({ key: clientId("id:ff01"), mac: ALICE }, undefined);
  t.equal(leases.userOf(START), ALICE);
  t.equal(leases.holderOf(START), undefined);
  t.equal(leases.userOf(ip("10.0.0.77")), undefined, "nothing but an identifier is known of this one");
  t.end();
});

await t.test("what was given back for a while is so after a restart too, and its machine is known", (t) => {
  const { table, clock } = makeTable(1);
  const store = new MemoryStore();
  const leases = new EmbeddedAllocator(table, store, clock, "client-id");
  const holder = { key: clientId("id:ff01"), mac: ALICE, hostName: undefined };
  leases.hold(holder, undefined);
  void leases.bind(holder, START, 3600);
  void leases.end(holder, START, "kept");
  const later = new EmbeddedAllocator(new LeaseTable(makePlan(1), clock), store, clock, "client-id");
  for (const lease of store.load()) later.restore(lease);
  t.equal(later.userOf(START), ALICE);
  t.equal(later.table.offer(BOB, undefined), undefined);
  t.end();
});
