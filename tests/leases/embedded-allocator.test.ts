/** Leases and the store that keeps them: what is there after a restart, and when the date jumps. */

import t from "tap";
import type { LeaseStore } from "../../lib/leases/lease.js";
import type { AddressPlan } from "../../lib/leases/address-plan.js";
import { LeaseTable } from "../../lib/leases/lease-table.js";
import { EmbeddedAllocator } from "../../lib/leases/embedded-allocator.js";
import type { KeyPreference } from "../../lib/machine/lease-key.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import type { Mac } from "../../lib/net/mac.js";
import { FailingStore } from "../support/failing-store.js";
import { ALICE, BOB, CAROL, show } from "../support/lease-table.js";
import { ManualClock } from "../support/manual-clock.js";
import { clientId, ip } from "../support/values.js";

const HOUR = 3600;
const DAY = 24 * HOUR;

const PLAN: AddressPlan = {
  ranges: [{ start: ip("10.0.0.10"), count: 2 }],
  excluded: new Set(),
  reservations: new Map(),
  offerSeconds: 60,
  declineSeconds: DAY,
};

/** A program with its table; what it keeps is in `store`, and so in the next one's. */
function start(
  store: LeaseStore,
  clock: ManualClock,
  changes: Partial<AddressPlan> = {},
  key: KeyPreference = "mac",
): EmbeddedAllocator {
  const leases = new EmbeddedAllocator(new LeaseTable({ ...PLAN, ...changes }, clock), store, clock, key);
  for (const lease of store.load()) leases.restore(lease);
  return leases;
}

/** A machine boots. @returns its address */
function boot(leases: EmbeddedAllocator, mac: Mac, seconds = DAY): string | undefined {
  const address = leases.table.offer(mac, undefined);
  if (address !== undefined) void leases.bind({ key: mac, mac, hostName: undefined }, address, seconds);
  return show(address);
}

await t.test("A37c after a restart every machine has its address, and no other gets it", (t) => {
  const clock = new ManualClock();
  const store = new MemoryStore();
  boot(start(store, clock), BOB);
  const later = start(store, clock);
  t.equal(boot(later, ALICE), "10.0.0.11");
  t.equal(later.holderOf(ip("10.0.0.10")), BOB);
  t.equal(boot(later, BOB), "10.0.0.10");
  t.equal(boot(later, CAROL), undefined, "nothing is left");
  t.end();
});

await t.test("what ran out goes to another machine when nothing fresh is left, the longest ago first", (t) => {
  const clock = new ManualClock();
  const leases = start(new MemoryStore(), clock);
  boot(leases, ALICE, HOUR);
  clock.advance(10_000);
  boot(leases, BOB, HOUR);
  clock.advance((HOUR - 5) * 1000);
  t.equal(boot(leases, CAROL), "10.0.0.10", "Alice's ran out 5 s ago, Bob's has not");
  t.equal(boot(leases, ALICE), undefined);
  t.equal(boot(leases, BOB, HOUR), "10.0.0.11", "who comes back in time keeps it");
  t.end();
});

await t.test("what was given back is its machine's until the pool is used up", (t) => {
  const clock = new ManualClock();
  const store = new MemoryStore();
  const leases = start(store, clock);
  boot(leases, ALICE);
  void leases.end({ key: ALICE, mac: ALICE, hostName: undefined }, ip("10.0.0.10"), "released");
  t.equal(boot(leases, BOB), "10.0.0.11");
  t.equal(boot(start(store, clock), ALICE), "10.0.0.10", "also after a restart");
  clock.advance(2000);
  const [lease] = store.load();
  t.match(lease, { state: "bound" });
  t.end();
});

await t.test("A34 what a machine found in use is left alone, also after a restart, for as long as was said", (t) => {
  const clock = new ManualClock();
  const store = new MemoryStore();
  const leases = start(store, clock);
  boot(leases, ALICE);
  void leases.end({ key: ALICE, mac: ALICE, hostName: undefined }, ip("10.0.0.10"), "declined");
  clock.advance(HOUR * 1000);
  const later = start(store, clock);
  t.equal(boot(later, ALICE), "10.0.0.11");
  t.equal(boot(later, BOB), undefined);
  clock.advance(DAY * 1000);
  t.equal(boot(later, BOB), "10.0.0.10");
  t.end();
});

await t.test("A37c D10 a date that jumps while the program runs frees nothing and doubles nothing", (t) => {
  for (const jump of [-400 * DAY, 400 * DAY]) {
    const clock = new ManualClock();
    const leases = start(new MemoryStore(), clock);
    boot(leases, ALICE);
    boot(leases, BOB);
    clock.stepDate(jump * 1000);
    t.equal(boot(leases, CAROL), undefined);
    t.equal(boot(leases, ALICE), "10.0.0.10");
  }
  t.end();
});

await t.test("A37c D10 a date that went back before a restart gives no lease more time than it had", (t) => {
  const clock = new ManualClock();
  const store = new MemoryStore();
  const leases = start(store, clock);
  boot(leases, ALICE, HOUR);
  boot(leases, BOB, HOUR);
  clock.stepDate(-400 * DAY * 1000);
  const later = start(store, clock);
  t.equal(boot(later, CAROL), undefined);
  clock.advance((HOUR + 2) * 1000);
  t.equal(boot(later, CAROL), "10.0.0.10");
  t.end();
});

await t.test("A37d what is no longer in the pool, or reserved for another, is no longer the machine's", (t) => {
  const clock = new ManualClock();
  const store = new MemoryStore();
  const leases = start(store, clock);
  boot(leases, ALICE);
  boot(leases, BOB);
  const moved = start(store, clock, { ranges: [{ start: ip("10.0.0.11"), count: 5 }] });
  t.notOk(moved.table.mayHave(ALICE, ip("10.0.0.10")));
  t.equal(boot(moved, ALICE), "10.0.0.12");
  const reserved = start(new MemoryStore(), clock, { reservations: new Map([[CAROL, ip("10.0.0.10")]]) });
  for (const lease of store.load()) reserved.restore(lease);
  t.notOk(reserved.table.mayHave(ALICE, ip("10.0.0.10")));
  t.equal(boot(reserved, CAROL), undefined, "as long as the other one uses it");
  t.equal(boot(reserved, ALICE), undefined, "which it does no more when it asks for an address");
  t.equal(boot(reserved, CAROL), "10.0.0.10");
  t.end();
});

await t.test("A36 a lease that cannot be kept is none", async (t) => {
  const clock = new ManualClock();
  const store = new FailingStore(new MemoryStore());
  store.failing = true;
  const leases = start(store, clock);
  const alice = { key: ALICE, mac: ALICE, hostName: undefined };
  await t.rejects(Promise.resolve(leases.bind(alice, ip("10.0.0.10"), HOUR)), { message: "ENOSPC" });
  t.equal(leases.holderOf(ip("10.0.0.10")), undefined);
  store.failing = false;
  await leases.bind(alice, ip("10.0.0.10"), HOUR);
  store.failing = true;
  await t.rejects(Promise.resolve(leases.bind(alice, ip("10.0.0.10"), DAY)), { message: "ENOSPC" });
  t.equal(leases.holderOf(ip("10.0.0.10")), ALICE, "what was kept before it still is");
});

await t.test("A26 A27 by client-id each identifier has an address; a reservation by MAC counts all the same", (t) => {
  const clock = new ManualClock();
  const firmware = { mac: ALICE, clientId: clientId("id:01aa") };
  const system = { mac: ALICE, clientId: clientId("id:ff0001") };
  const byId = start(new MemoryStore(), clock, {}, "client-id");
  t.equal(byId.keyOf(firmware), "id:01aa");
  t.equal(byId.keyOf({ mac: ALICE, clientId: undefined }), ALICE);
  t.equal(start(new MemoryStore(), clock).keyOf(system), ALICE, "by MAC they are one machine");
  const reservations = new Map([[ALICE, ip("10.0.0.11")]]);
  const reserved = start(new MemoryStore(), clock, { reservations }, "client-id");
  t.equal(reserved.keyOf(firmware), ALICE);
  t.equal(reserved.keyOf(system), ALICE);
  const byIdentifier = start(new MemoryStore(), clock, {
    reservations: new Map([[clientId("id:ff0001"), ip("10.0.0.11")]]),
  });
  t.equal(byIdentifier.keyOf(system), "id:ff0001", "also with client_key = mac");
  const kept = byId.bind({ key: clientId("id:01aa"), mac: ALICE, hostName: undefined }, ip("10.0.0.10"), HOUR);
  t.match(kept, { kind: "granted", renewed: false, seconds: HOUR });
  t.equal(byId.holderOf(ip("10.0.0.10")), ALICE, "its hardware address is known");
  t.end();
});
