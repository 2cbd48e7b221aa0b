/** What every allocation of addresses does, whoever keeps it. */

import type { Test } from "tap";
import type { Allocation, NetworkPlan } from "../../lib/leases/allocation.js";
import type { Allocator, Holder } from "../../lib/leases/allocator.js";
import type { LeaseKey } from "../../lib/machine/lease-key.js";
import { UNSPECIFIED, type Ipv4 } from "../../lib/net/ipv4.js";
import type { Mac } from "../../lib/net/mac.js";
import { Subnet } from "../../lib/net/subnet.js";
import { ALICE, BOB, CAROL, DAVE, show } from "../support/lease-table.js";
import { makeLease } from "../support/leases.js";
import { ManualClock } from "../support/manual-clock.js";
import { clientId, ip, mac } from "../support/values.js";

const MINUTE = 60;
const HOUR = 3600;
const [FIRST, SECOND, THIRD] = [ip("10.0.0.10"), ip("10.0.0.11"), ip("10.0.0.12")];
const SHARED = ip("10.0.0.99");

/** The state that an allocation keeps: what is opened again has what was kept. */
export interface AllocationUnderTest {
  /**
   * Opens the allocation. It is closed before it is opened again, except where {@link severalAtOnce} is true: then two
   * daemons have it at the same time.
   */
  readonly open: () => Promise<Allocation>;
  readonly severalAtOnce?: boolean;
  /** Makes everything that has to be kept fail, or not any more; undefined where a test cannot. */
  readonly fail?: (failing: boolean) => void;
}

/** A pool of three addresses, unless a test wants another one. */
function planOf(changes: Partial<NetworkPlan> = {}): NetworkPlan {
  return {
    subnet: Subnet.holding(FIRST, ip("255.255.255.0")),
    clientKey: "mac",
    ranges: [{ start: FIRST, count: 3 }],
    excluded: new Set(),
    reservations: new Map(),
    offerSeconds: MINUTE,
    declineSeconds: HOUR,
    ...changes,
  };
}

const holderOf = (key: Mac): Holder => ({ key, mac: key, hostName: undefined });

async function begin(allocation: Allocation, changes: Partial<NetworkPlan> = {}): Promise<Allocator> {
  const { allocators, transaction } = await allocation.prepare([planOf(changes)]);
  transaction.commit();
  const [allocator] = allocators;
  if (allocator === undefined) throw new Error("there is no allocator");
  return allocator;
}

/** A machine asks for an address and takes it. @returns which; undefined where it gets none */
async function boot(allocator: Allocator, key: Mac, seconds = HOUR): Promise<string | undefined> {
  const address = await allocator.hold(holderOf(key), undefined);
  if (address === undefined) return undefined;
  const bound = await allocator.bind(holderOf(key), address, seconds);
  return bound.kind === "granted" ? show(address) : undefined;
}

function own(allocator: Allocator, key: LeaseKey): string | undefined {
  return show(allocator.look(key, UNSPECIFIED).own);
}

/**
 * The suite that each implementation of {@link Allocation} and {@link Allocator} passes.
 *
 * @param make new state, without any lease
 */
export async function runAllocatorTests(
  t: Test,
  make: (t: Test, clock: ManualClock) => AllocationUnderTest | Promise<AllocationUnderTest>,
): Promise<void> {
  const start = async (
    t: Test,
    changes: Partial<NetworkPlan> = {},
  ): Promise<{
    readonly clock: ManualClock;
    readonly allocator: Allocator;
    readonly allocation: Allocation;
    readonly kept: AllocationUnderTest;
    /** Ends the program, and begins the next one. */
    readonly restart: (changes?: Partial<NetworkPlan>) => Promise<Allocator>;
  }> => {
    const clock = new ManualClock();
    const kept = await make(t, clock);
    const allocation = await kept.open();
    let last = allocation;
    t.teardown(() => last.close());
    const restart = async (changes: Partial<NetworkPlan> = {}): Promise<Allocator> => {
      await last.close();
      last = await kept.open();
      return begin(last, changes);
    };
    return { clock, allocation, allocator: await begin(allocation, changes), kept, restart };
  };

  await t.test("a machine is offered an address, takes it, and renews it", async (t) => {
    const { allocator } = await start(t);
    t.match(allocator.look(ALICE, FIRST), { own: undefined, held: undefined, state: undefined, mayHave: true });
    t.equal(await allocator.hold(holderOf(ALICE), undefined), FIRST);
    t.match(allocator.look(ALICE, FIRST), { own: FIRST, held: FIRST, state: "offered", mayHave: true });
    t.equal(allocator.holderOf(FIRST), undefined, "it has not taken it");
    t.equal(allocator.userOf(FIRST), ALICE, "but may use it");
    t.match(await allocator.bind(holderOf(ALICE), FIRST, HOUR), { kind: "granted", seconds: HOUR, renewed: false });
    t.match(allocator.look(ALICE, FIRST), { own: FIRST, state: "bound", mayHave: true });
    t.match(await allocator.bind(holderOf(ALICE), FIRST, HOUR), { kind: "granted", renewed: true });
    t.equal(allocator.holderOf(FIRST), ALICE);
    t.notOk(allocator.look(ALICE, SECOND).mayHave, "it has one address at a time");
    t.equal(await allocator.hold(holderOf(ALICE), SECOND), FIRST);
  });

  await t.test("a machine gets what it asks for where that is free, and another address where it is not", async (t) => {
    const { allocator } = await start(t);
    t.equal(await allocator.hold(holderOf(ALICE), THIRD), THIRD);
    t.notOk(allocator.look(BOB, THIRD).mayHave);
    t.equal(await allocator.hold(holderOf(BOB), THIRD), FIRST);
    t.equal(await allocator.hold(holderOf(CAROL), ip("10.9.9.9")), SECOND);
    t.notOk(allocator.look(DAVE, ip("10.9.9.9")).isOurs);
    t.ok(allocator.look(DAVE, THIRD).isOurs);
    t.equal(await allocator.hold(holderOf(DAVE), undefined), undefined, "none is left");
  });

  await t.test("what was offered and not taken is another's after a while", async (t) => {
    const { allocator, clock } = await start(t, { ranges: [{ start: FIRST, count: 1 }] });
    await allocator.hold(holderOf(ALICE), undefined);
    clock.advance(59_000);
    t.equal(await boot(allocator, BOB), undefined);
    clock.advance(2000);
    t.equal(await boot(allocator, BOB), "10.0.0.10");
    t.match(await allocator.bind(holderOf(ALICE), FIRST, HOUR), { kind: "taken" });
    t.equal(allocator.holderOf(FIRST), BOB);
  });

  await t.test("a machine that takes what another took meanwhile is told so", async (t) => {
    const { allocator } = await start(t);
    t.ok(allocator.look(ALICE, FIRST).mayHave);
    t.ok(allocator.look(BOB, FIRST).mayHave);
    const both = await Promise.all(
      [ALICE, BOB].map((key) => Promise.resolve(allocator.bind(holderOf(key), FIRST, HOUR))),
    );
    t.strictSame(
      both.map(({ kind }) => kind),
      ["granted", "taken"],
    );
    t.equal(allocator.holderOf(FIRST), ALICE);
    t.match(allocator.look(BOB, FIRST), { mayHave: false, own: undefined });
    t.match(await allocator.bind(holderOf(BOB), ip("10.9.9.9"), HOUR), { kind: "taken" }, "nor what is not ours");
  });

  await t.test("a lease that is over stays its machine's until nothing fresh is left", async (t) => {
    const { allocator, clock } = await start(t, { ranges: [{ start: FIRST, count: 2 }] });
    await boot(allocator, ALICE, HOUR);
    clock.advance((HOUR - 1) * 1000);
    t.equal(await boot(allocator, BOB, 2 * HOUR), "10.0.0.11");
    t.equal(await boot(allocator, CAROL), undefined, "both leases run");
    clock.advance(2000);
    t.equal(own(allocator, ALICE), "10.0.0.10");
    t.equal(await boot(allocator, CAROL), "10.0.0.10");
    t.equal(own(allocator, ALICE), undefined);
  });

  await t.test("a lease without end is nobody else's", async (t) => {
    const { allocator, clock } = await start(t, { ranges: [{ start: FIRST, count: 1 }] });
    t.equal(await boot(allocator, ALICE, Infinity), "10.0.0.10");
    clock.advance(10_000 * HOUR * 1000);
    t.equal(await boot(allocator, BOB), undefined);
  });

  await t.test("what was given back is free when nothing fresh is left, and at once its machine's again", async (t) => {
    const { allocator, clock } = await start(t, { ranges: [{ start: FIRST, count: 2 }] });
    await boot(allocator, ALICE);
    t.equal(await allocator.end(holderOf(BOB), FIRST, "released"), false, "nobody gives back what another has");
    t.equal(await allocator.end(holderOf(ALICE), FIRST, "released"), true);
    t.equal(await allocator.end(holderOf(ALICE), FIRST, "released"), false, "nor twice");
    t.equal(allocator.holderOf(FIRST), undefined);
    t.equal(await boot(allocator, BOB), "10.0.0.11");
    t.equal(await boot(allocator, ALICE), "10.0.0.10");
    await allocator.end(holderOf(ALICE), FIRST, "released");
    clock.advance(1000);
    t.equal(await boot(allocator, CAROL), "10.0.0.10");
  });

  await t.test("what firmware gave back is kept for it for a while", async (t) => {
    const { allocator, clock } = await start(t, { ranges: [{ start: FIRST, count: 1 }] });
    await boot(allocator, ALICE);
    t.equal(await allocator.end(holderOf(ALICE), FIRST, "kept"), true);
    t.equal(allocator.userOf(FIRST), ALICE);
    t.equal(await boot(allocator, BOB), undefined);
    clock.advance(601_000);
    t.equal(await boot(allocator, BOB), "10.0.0.10");
  });

  await t.test(
    "what a machine found in use is not offered for a while, and one that finds all so is broken",
    async (t) => {
      const { allocator, clock } = await start(t, { ranges: [{ start: FIRST, count: 6 }] });
      await boot(allocator, ALICE);
      t.equal(await allocator.end(holderOf(BOB), FIRST, "declined"), false);
      t.equal(await allocator.end(holderOf(ALICE), FIRST, "declined"), true);
      t.notOk(allocator.look(BOB, FIRST).mayHave);
      for (let declines = 1; declines < 5; declines++) {
        t.ok(allocator.look(ALICE, UNSPECIFIED).mayDecline);
        const address = (await allocator.hold(holderOf(ALICE), undefined)) ?? UNSPECIFIED;
        await allocator.end(holderOf(ALICE), address, "declined");
      }
      t.notOk(allocator.look(ALICE, UNSPECIFIED).mayDecline);
      t.ok(allocator.look(BOB, UNSPECIFIED).mayDecline);
      t.equal(await boot(allocator, BOB), "10.0.0.15");
      t.equal(await boot(allocator, CAROL), undefined);
      clock.advance((HOUR + 1) * 1000);
      t.equal(await boot(allocator, CAROL), "10.0.0.10");
    },
  );

  await t.test("an offer is withdrawn at once, a lease is not; who leaves needs neither", async (t) => {
    const { allocator, clock } = await start(t, { ranges: [{ start: FIRST, count: 1 }] });
    await allocator.hold(holderOf(ALICE), undefined);
    t.equal(await allocator.end(holderOf(ALICE), FIRST, "withdrawn"), true);
    t.equal(await boot(allocator, BOB), "10.0.0.10");
    t.equal(await allocator.end(holderOf(BOB), FIRST, "withdrawn"), false);
    t.equal(allocator.holderOf(FIRST), BOB);
    t.equal(await allocator.end(holderOf(BOB), FIRST, "left"), true);
    clock.advance(1000);
    t.equal(await allocator.hold(holderOf(CAROL), undefined), FIRST);
    t.equal(await allocator.end(holderOf(CAROL), FIRST, "left"), true);
    t.equal(await boot(allocator, ALICE), "10.0.0.10");
  });

  await t.test("what was said to be so outlasts the program", async (t) => {
    const { allocator, clock, restart } = await start(t);
    await boot(allocator, ALICE);
    await boot(allocator, BOB);
    await allocator.end(holderOf(BOB), SECOND, "kept");
    await boot(allocator, CAROL);
    await allocator.end(holderOf(CAROL), THIRD, "declined");
    const next = await restart();
    t.equal(next.holderOf(FIRST), ALICE);
    t.match(next.look(ALICE, FIRST), { own: FIRST, state: "bound", mayHave: true });
    t.match(next.look(BOB, SECOND), { own: SECOND, state: "released" });
    t.equal(await boot(next, DAVE), undefined, "one is bound, one kept and one in use by another");
    clock.advance(601_000);
    t.equal(await boot(next, DAVE), "10.0.0.11");
    clock.advance((HOUR - 600) * 1000);
    t.equal(await boot(next, CAROL), "10.0.0.12");
    t.match(await next.bind(holderOf(ALICE), FIRST, HOUR), { kind: "granted", renewed: true });
  });

  await t.test("another configuration has the leases of the one before, where it has their addresses", async (t) => {
    const { allocator, allocation } = await start(t);
    await boot(allocator, ALICE);
    await boot(allocator, BOB);
    const prepared = await allocation.prepare([planOf({ ranges: [{ start: SECOND, count: 3 }] })]);
    t.equal(allocation.at(FIRST)?.holderOf(FIRST), ALICE, "nothing changes before the commit");
    prepared.transaction.rollback();
    const next = await begin(allocation, { ranges: [{ start: SECOND, count: 3 }] });
    t.equal(own(next, BOB), "10.0.0.11");
    t.match(next.look(ALICE, FIRST), { own: undefined, mayHave: false, hasLost: true });
    t.match(
      await next.bind(holderOf(ALICE), FIRST, HOUR),
      { kind: "granted", renewed: true },
      "it has it all the same",
    );
    t.equal(await boot(next, ALICE), "10.0.0.12", "and gets another when it asks");
    t.match(await next.bind(holderOf(ALICE), FIRST, HOUR), { kind: "taken" });
    t.equal(allocation.at(ip("10.9.9.9")), undefined);
    const moved = await allocation.prepare([planOf({ subnet: Subnet.holding(ip("10.9.9.0"), ip("255.255.255.0")) })]);
    moved.transaction.commit();
    t.equal(allocation.at(SECOND), undefined);
    const back = await begin(allocation);
    t.equal(back.holderOf(SECOND), BOB, "also what a configuration between did not have");
  });

  await t.test("reservations change by differences: one is added, moves, and ends", async (t) => {
    const { allocator } = await start(t, { reservations: new Map([[ALICE, SHARED]]) });
    t.match(allocator.look(ALICE, SHARED), { own: SHARED, reserved: true, mayHave: true, isOurs: true });
    t.equal(allocator.userOf(SHARED), ALICE);
    t.equal(await boot(allocator, ALICE), "10.0.0.99");
    t.notOk(allocator.look(BOB, SHARED).mayHave);
    await boot(allocator, BOB);
    allocator.reserve({ set: new Map([[CAROL, FIRST]]), gone: [ALICE] });
    t.match(allocator.look(BOB, FIRST), { own: undefined, hasLost: true, mayHave: false });
    t.match(allocator.look(ALICE, SHARED), { reserved: false, hasLost: true, mayHave: false });
    t.equal(await boot(allocator, BOB), "10.0.0.11");
    t.equal(await boot(allocator, CAROL), "10.0.0.10");
    allocator.reserve({ set: new Map([[CAROL, THIRD]]), gone: [] });
    t.match(allocator.look(CAROL, FIRST), { own: THIRD, hasLost: true });
    t.equal(await boot(allocator, CAROL), "10.0.0.12");
    allocator.reserve({ set: new Map(), gone: [CAROL] });
    t.match(allocator.look(CAROL, THIRD), { own: THIRD, reserved: false, mayHave: true });
    t.equal(await boot(allocator, DAVE), "10.0.0.10");
  });

  await t.test("cards of one machine have its reserved address one after the other", async (t) => {
    const reservations = new Map([
      [ALICE, SHARED],
      [BOB, SHARED],
    ]);
    const { allocator, clock } = await start(t, { reservations });
    t.equal(await boot(allocator, ALICE), "10.0.0.99");
    t.match(allocator.look(BOB, SHARED), { otherCard: { key: ALICE, address: SHARED }, mayHave: false });
    t.equal(await boot(allocator, BOB), "10.0.0.10", "one of the pool meanwhile");
    clock.advance(31 * MINUTE * 1000);
    const address = await allocator.hold(holderOf(BOB), undefined);
    t.equal(address, SHARED, "the first has not renewed");
    t.match(await allocator.bind(holderOf(BOB), SHARED, HOUR), { kind: "granted", renewed: false, from: ALICE });
    t.match(allocator.look(ALICE, SHARED), { otherCard: { key: BOB }, mayHave: false, state: undefined });
    await allocator.end(holderOf(BOB), SHARED, "released");
    t.equal(await boot(allocator, ALICE), "10.0.0.99");
  });

  await t.test(
    "a machine is known by what client_key says, and by the name with a reservation before that",
    async (t) => {
      const machine = { mac: ALICE, clientId: clientId("id:ff01") };
      t.equal((await start(t)).allocator.keyOf(machine), ALICE);
      t.equal((await start(t, { clientKey: "client-id" })).allocator.keyOf(machine), "id:ff01");
      const byMac = await start(t, { clientKey: "client-id", reservations: new Map([[ALICE, SHARED]]) });
      t.equal(byMac.allocator.keyOf(machine), ALICE);
      const { allocator } = await start(t, { reservations: new Map([[machine.clientId, SHARED]]) });
      t.equal(allocator.keyOf(machine), "id:ff01");
      await allocator.bind({ key: machine.clientId, mac: ALICE, hostName: "a" }, SHARED, HOUR);
      t.equal(allocator.holderOf(SHARED), ALICE, "with its hardware address");
    },
  );

  await t.test("an address at which a machine reads is nobody else's, also over another configuration", async (t) => {
    const { allocator, allocation, clock } = await start(t, { ranges: [{ start: FIRST, count: 1 }] });
    await allocator.hold(holderOf(ALICE), undefined);
    const end = allocation.reading(FIRST);
    clock.advance(HOUR * 1000);
    t.equal(await boot(allocator, BOB), undefined);
    const next = await begin(allocation, { ranges: [{ start: FIRST, count: 2 }], excluded: new Set([SECOND]) });
    t.equal(await boot(next, BOB), undefined);
    end();
    clock.advance(61_000);
    t.equal(await boot(next, BOB), "10.0.0.10");
    allocation.reading(ip("10.9.9.9"))();
  });

  await t.test("an operator lists, frees and brings leases, which contradict nothing that is here", async (t) => {
    const { allocator, allocation, clock } = await start(t, { reservations: new Map([[DAVE, SHARED]]) });
    await boot(allocator, ALICE);
    const now = clock.date();
    const lease = (key: Mac, address: Ipv4): ReturnType<typeof makeLease> =>
      makeLease({ key, mac: key, address, starts: now, ends: now + HOUR * 1000 });
    t.strictSame(
      await allocation.import([
        lease(BOB, FIRST),
        lease(BOB, SECOND),
        lease(CAROL, SHARED),
        lease(ALICE, THIRD),
        lease(ALICE, FIRST),
        lease(CAROL, ip("10.0.0.77")),
        lease(CAROL, ip("10.9.9.9")),
      ]),
      [
        `${ALICE} has it here`,
        undefined,
        `it is reserved for ${DAVE}`,
        "its machine has 10.0.0.10 here",
        "it is here already",
        "it is in no pool, and reserved for nobody",
        "it is in no network that is served",
      ],
    );
    t.equal(allocator.holderOf(SECOND), BOB);
    const listed: (string | undefined)[] = [];
    for await (const { address } of allocation.list()) listed.push(show(address));
    t.strictSame(listed.sort(), ["10.0.0.10", "10.0.0.11"]);
    t.match(await allocation.release(SECOND), { key: BOB });
    t.equal(allocator.holderOf(SECOND), undefined);
    t.equal(await allocation.release(SECOND), "nobody has 10.0.0.11: it is released");
    t.equal(await allocation.release(THIRD), "nobody has 10.0.0.12");
  });

  await t.test("a lease that cannot be kept is none, and what was kept before it still is", async (t) => {
    const { allocator, kept } = await start(t);
    if (kept.fail === undefined) return;
    kept.fail(true);
    await t.rejects(Promise.resolve(allocator.bind(holderOf(ALICE), FIRST, HOUR)));
    t.equal(allocator.holderOf(FIRST), undefined);
    kept.fail(false);
    t.equal(await boot(allocator, ALICE), "10.0.0.10");
    kept.fail(true);
    await t.rejects(Promise.resolve(allocator.bind(holderOf(ALICE), FIRST, 2 * HOUR)));
    t.equal(allocator.holderOf(FIRST), ALICE);
    kept.fail(false);
  });

  await t.test("of two daemons that give one address, one is told that it is taken", async (t) => {
    const { allocator, kept } = await start(t);
    if (kept.severalAtOnce !== true) return;
    const other = await kept.open();
    t.teardown(() => other.close());
    const second = await begin(other);
    const both = await Promise.all([
      allocator.bind(holderOf(ALICE), FIRST, HOUR),
      second.bind(holderOf(BOB), FIRST, HOUR),
    ]);
    t.strictSame(both.map(({ kind }) => kind).sort(), ["granted", "taken"]);
    const [first] = both;
    const holder = first.kind === "granted" ? ALICE : BOB;
    t.equal(allocator.holderOf(FIRST), holder);
    t.equal(second.holderOf(FIRST), holder);
  });

  await t.test("many machines get an address each", async (t) => {
    const { allocator } = await start(t, { ranges: [{ start: FIRST, count: 100 }] });
    const machines = Array.from({ length: 100 }, (_, n) => mac(`02-00-00-00-01-${n.toString(16).padStart(2, "0")}`));
    const given = await Promise.all(machines.map((machine) => boot(allocator, machine)));
    t.equal(new Set(given).size, 100);
    t.notOk(given.includes(undefined));
  });
}
