/** One address that is reserved for several hardware addresses or client identifiers: one machine with several cards. */

import t from "tap";
import type { AddressPlan } from "../../lib/leases/address-plan.js";
import { EmbeddedAllocation } from "../../lib/leases/embedded-allocation.js";
import { LeaseTable } from "../../lib/leases/lease-table.js";
import type { Lease, LeaseStore } from "../../lib/leases/lease.js";
import type { ClientId } from "../../lib/machine/client-id.js";
import type { LeaseKey } from "../../lib/machine/lease-key.js";
import { EmbeddedAllocator } from "../../lib/leases/embedded-allocator.js";
import { UNKNOWN_START } from "../../lib/leases/import/imported.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import type { Mac } from "../../lib/net/mac.js";
import { ALICE, BOB, CAROL, show } from "../support/lease-table.js";
import { Subnet } from "../../lib/net/subnet.js";
import { ManualClock } from "../support/manual-clock.js";
import { clientId, ip } from "../support/values.js";

const MINUTE = 60_000;
const HOUR = 3600;
const SHARED = ip("10.0.0.99");

function plan(...keys: readonly LeaseKey[]): AddressPlan {
  return {
    ranges: [{ start: ip("10.0.0.10"), count: 2 }],
    excluded: new Set(),
    reservations: new Map(keys.map((key) => [key, SHARED])),
    offerSeconds: 60,
    declineSeconds: 600,
  };
}

const BOTH = plan(ALICE, BOB);

/** A program with its table; what it keeps is in `store`, and so in the next one's. */
function start(store: LeaseStore, clock: ManualClock, of = BOTH): EmbeddedAllocator {
  const leases = new EmbeddedAllocator(new LeaseTable(of, clock), store, clock, "mac");
  for (const lease of store.load()) leases.restore(lease);
  return leases;
}

function bench(of = BOTH): {
  readonly clock: ManualClock;
  readonly store: MemoryStore;
  readonly leases: EmbeddedAllocator;
} {
  const [clock, store] = [new ManualClock(), new MemoryStore()];
  return { clock, store, leases: start(store, clock, of) };
}

/** All of the two cards' network, as of a store. */
function allocationOf(
  store: LeaseStore,
  clock: ManualClock,
): { readonly allocation: EmbeddedAllocation; readonly leases: EmbeddedAllocator } {
  const allocation = new EmbeddedAllocation({ store, clock, onReleased: () => undefined });
  const subnet = Subnet.holding(SHARED, ip("255.255.255.0"));
  const { allocators, transaction } = allocation.prepare([{ ...BOTH, subnet, clientKey: "mac" }]);
  transaction.commit();
  const [leases] = allocators;
  if (leases === undefined) throw new Error("there is no allocator");
  return { allocation, leases };
}

/** A card asks for an address and takes it. @returns which */
function boot(leases: EmbeddedAllocator, mac: Mac, clientId?: ClientId, seconds = HOUR): string | undefined {
  const key = leases.keyOf({ mac, clientId });
  const address = leases.hold({ key, mac }, undefined);
  if (address !== undefined) void leases.bind({ key, mac, hostName: undefined }, address, seconds);
  return show(address);
}

/** Who has which address, as it is kept. */
function kept(store: LeaseStore): readonly string[] {
  return [...store.load()].map(({ address, key, state }) => `${show(address) ?? ""} ${key} ${state}`);
}

await t.test(
  "whoever asks first has it, and another card gets one of the pool until half of the lease is over",
  (t) => {
    const { clock, store, leases } = bench();
    t.equal(boot(leases, BOB), "10.0.0.99");
    t.equal(boot(leases, ALICE), "10.0.0.10");
    clock.advance(30 * MINUTE - 1);
    t.ok(leases.table.mayHave(ALICE, ip("10.0.0.10")), "it may keep that");
    t.notOk(leases.table.mayHave(ALICE, SHARED));
    clock.advance(1);
    t.notOk(leases.table.mayHave(ALICE, ip("10.0.0.10")), "and no longer than that");
    t.equal(boot(leases, ALICE), "10.0.0.99");
    t.notOk(leases.table.mayHave(BOB, SHARED), "which ends the lease of the first");
    t.strictSame(kept(store), [`10.0.0.99 ${ALICE} bound`]);
    t.equal(leases.holderOf(SHARED), ALICE);
    t.equal(boot(leases, BOB), "10.0.0.11");
    t.end();
  },
);

await t.test("a card that renews in time keeps it", (t) => {
  const { clock, leases } = bench();
  for (let renewals = 0; renewals < 5; renewals++) {
    t.equal(boot(leases, ALICE), "10.0.0.99");
    clock.advance(29 * MINUTE);
    t.equal(boot(leases, BOB), "10.0.0.10");
  }
  t.end();
});

await t.test("an address that was given back is another card's at once, also where firmware did", (t) => {
  const { leases } = bench();
  boot(leases, ALICE);
  t.ok(leases.end({ key: ALICE, mac: ALICE, hostName: undefined }, SHARED, "kept"));
  t.equal(boot(leases, BOB), "10.0.0.99");
  t.notOk(
    leases.end({ key: ALICE, mac: ALICE, hostName: undefined }, SHARED, "released"),
    "it is not the first card's",
  );
  t.end();
});

await t.test("an offer alone takes nothing from a card whose lease runs", (t) => {
  const { clock, leases } = bench();
  boot(leases, ALICE);
  clock.advance(40 * MINUTE);
  t.equal(show(leases.hold({ key: BOB, mac: BOB }, undefined)), "10.0.0.99");
  t.equal(leases.holderOf(SHARED), ALICE);
  t.equal(boot(leases, ALICE), "10.0.0.99");
  t.notOk(leases.table.mayHave(BOB, SHARED), "who renewed first has it");
  t.end();
});

await t.test("a lease that does not end is nobody else's until it is given back", (t) => {
  const { clock, store, leases } = bench();
  boot(leases, ALICE, undefined, Infinity);
  clock.advance(10_000 * HOUR * 1000);
  t.equal(boot(start(store, clock), BOB), "10.0.0.10");
  t.end();
});

await t.test("nothing is left for another card where the pool is empty", (t) => {
  const { leases } = bench({ ...BOTH, ranges: [] });
  t.equal(boot(leases, ALICE), "10.0.0.99");
  t.equal(boot(leases, BOB), undefined);
  t.equal(leases.table.otherHolder(BOB)?.key, ALICE);
  t.end();
});

await t.test("after a restart it is as before: who has it, for how long, and what another card got instead", (t) => {
  const { clock, store, leases } = bench();
  boot(leases, ALICE);
  boot(leases, BOB);
  clock.advance(29 * MINUTE);
  const later = start(store, clock);
  t.ok(later.table.mayHave(BOB, ip("10.0.0.10")));
  t.equal(boot(later, BOB), "10.0.0.10");
  clock.advance(MINUTE);
  const last = start(store, clock);
  t.equal(boot(last, BOB), "10.0.0.99");
  t.notOk(start(store, clock).table.mayHave(ALICE, SHARED));
  t.strictSame(kept(store), [`10.0.0.99 ${BOB} bound`]);
  t.end();
});

await t.test("a card that is restored with an address of the pool is one of this table's", (t) => {
  const { clock, store, leases } = bench();
  boot(leases, ALICE);
  boot(leases, BOB);
  const table = new EmbeddedAllocator(new LeaseTable(BOTH, clock), store, clock, "mac");
  t.strictSame(
    [...store.load()].map((lease) => table.restore(lease)),
    [true, true],
  );
  t.end();
});

await t.test("a card that is added waits for the one that has it, and one that is gone is told so", (t) => {
  const { clock, leases } = bench(plan(ALICE));
  boot(leases, ALICE);
  leases.table.reserve({ set: BOTH.reservations, gone: [] });
  t.equal(boot(leases, BOB), "10.0.0.10");
  t.equal(boot(leases, ALICE), "10.0.0.99");
  leases.table.reserve({ set: new Map(), gone: [ALICE] });
  t.ok(leases.table.hasLost(ALICE, SHARED));
  clock.advance(40 * MINUTE);
  t.equal(boot(leases, BOB), "10.0.0.10", "a machine of another kind may use it as long as its lease runs");
  void leases.end({ key: ALICE, mac: ALICE, hostName: undefined }, SHARED, "released");
  t.equal(boot(leases, BOB), "10.0.0.99");
  t.end();
});

await t.test("another pool than before takes over who has it, and until when it is not another card's", (t) => {
  const { clock, store, leases } = bench();
  boot(leases, ALICE);
  clock.advance(20 * MINUTE);
  const wider = { ...BOTH, ranges: [{ start: ip("10.0.0.10"), count: 5 }] };
  const next = new EmbeddedAllocator(new LeaseTable(wider, clock), store, clock, "mac");
  t.notOk(next.goOnWith(leases));
  next.takeOver(leases, () => true);
  t.equal(boot(next, BOB), "10.0.0.10");
  clock.advance(10 * MINUTE);
  t.equal(boot(next, BOB), "10.0.0.99");
  t.end();
});

await t.test("a card keeps the address under all of its names, and another card has to wait", (t) => {
  const [system, firmware] = [clientId("id:ff0001"), clientId("id:00aabb")];
  const { store, clock, leases } = bench(plan(system, firmware, ALICE));
  t.equal(boot(leases, ALICE, clientId("id:0000")), "10.0.0.99", "by its MAC address");
  t.equal(boot(leases, ALICE, system), "10.0.0.99");
  t.equal(boot(leases, ALICE, firmware), "10.0.0.99");
  t.equal(boot(start(store, clock, plan(system, firmware, ALICE)), ALICE, system), "10.0.0.99");
  t.equal(boot(leases, CAROL, system), "10.0.0.10", "the identifier of the machine on another card");
  t.equal(kept(store).filter((line) => line.startsWith("10.0.0.99 ")).length, 1);
  clock.advance(30 * MINUTE);
  t.equal(boot(leases, CAROL, system), "10.0.0.99");
  t.equal(leases.holderOf(SHARED), CAROL);
  t.equal(boot(leases, ALICE, firmware), "10.0.0.11");
  t.equal(leases.holderOf(SHARED), CAROL, "an offer to another card does not change whose it is");
  t.end();
});

await t.test("a lease that cannot be kept leaves the address to the card that had it", async (t) => {
  const { clock, store, leases } = bench();
  boot(leases, ALICE);
  clock.advance(40 * MINUTE);
  const full: LeaseStore = {
    load: () => store.load(),
    get: (address) => store.get(address),
    put: () => Promise.reject(new Error("ENOSPC")),
    remove: () => undefined,
    close: () => Promise.resolve(),
  };
  const failing = new EmbeddedAllocator(leases.table, full, clock, "mac");
  const holder = { key: BOB, mac: BOB, hostName: undefined };
  await t.rejects(Promise.resolve(failing.bind(holder, SHARED, HOUR)), { message: "ENOSPC" });
  t.equal(leases.holderOf(SHARED), ALICE);
  t.ok(leases.table.mayHave(ALICE, SHARED));
  t.end();
});

await t.test("an import takes it from no card, and what nobody is known to have taken is any card's", async (t) => {
  const clock = new ManualClock();
  const { allocation: desk, leases } = allocationOf(new MemoryStore(), clock);
  const lease = (mac: Mac, address: string, changes: Partial<Lease> = {}): Lease => {
    const starts = clock.date() - 10 * MINUTE;
    return { address: ip(address), key: mac, mac, state: "bound", starts, ends: starts + HOUR * 1000, ...changes };
  };
  const forever = { starts: UNKNOWN_START, ends: Infinity };
  t.strictSame(
    await desk.import([
      lease(ALICE, "10.0.0.99"),
      lease(BOB, "10.0.0.99"),
      lease(CAROL, "10.0.0.99"),
      lease(BOB, "10.0.0.11"),
    ]),
    [undefined, `${ALICE} has it here`, `it is reserved for ${ALICE}`, undefined],
  );
  clock.advance(20 * MINUTE - 1);
  t.equal(boot(leases, BOB), "10.0.0.11");
  clock.advance(1);
  t.equal(boot(leases, BOB), "10.0.0.99", "half an hour after it was renewed elsewhere");

  const store = new MemoryStore();
  const { allocation: other } = allocationOf(store, clock);
  t.strictSame(await other.import([lease(ALICE, "10.0.0.99", forever)]), [undefined]);
  t.equal(boot(start(store, clock), BOB), "10.0.0.99", "also after a restart");
  t.end();
});
