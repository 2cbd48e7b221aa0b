/** What an operator may do with leases: here, and through the socket of a daemon. */

import { join } from "node:path";
import t, { type Test } from "tap";
import { DaemonLeaseAdmin, serveLeases } from "../../lib/leases/lease-control.js";
import { ControlClient } from "../../lib/control/client.js";
import { EmbeddedAllocation } from "../../lib/leases/embedded-allocation.js";
import type { NetworkPlan } from "../../lib/leases/allocation.js";
import type { LeaseAdmin } from "../../lib/leases/lease-admin.js";
import type { Lease } from "../../lib/leases/lease.js";
import type { KeyPreference } from "../../lib/machine/lease-key.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import { UNSPECIFIED } from "../../lib/net/ipv4.js";
import { Subnet } from "../../lib/net/subnet.js";
import { systemClock } from "../../lib/common/clock.js";
import { openControl, shortFolder } from "../support/control.js";
import { ALICE, BOB, CAROL, DAVE } from "../support/lease-table.js";
import { makeLease } from "../support/leases.js";
import { ManualClock } from "../support/manual-clock.js";
import { clientId, ip, mac } from "../support/values.js";

const HOUR = 3_600_000;

/** A pool of ten addresses from 10.0.0.10 on, 10.0.0.5 for Dave, and who keeps it. */
function makeBench(key: KeyPreference = "mac") {
  const clock = new ManualClock();
  const store = new MemoryStore();
  const released: string[] = [];
  const plan: NetworkPlan = {
    subnet: Subnet.holding(ip("10.0.0.0"), ip("255.255.255.0")),
    clientKey: key,
    ranges: [{ start: ip("10.0.0.10"), count: 10 }],
    excluded: new Set(),
    reservations: new Map([[DAVE, ip("10.0.0.5")]]),
    offerSeconds: 60,
    declineSeconds: 3600,
  };
  const onReleased = (lease: Lease): void => void released.push(lease.mac);
  const desk = new EmbeddedAllocation({ store, clock, onReleased });
  const { allocators, transaction } = desk.prepare([plan]);
  transaction.commit();
  const [leases] = allocators;
  if (leases === undefined) throw new Error("there is no allocator");
  return { clock, store, leases, released, desk };
}

type Bench = ReturnType<typeof makeBench>;

const DESKS: Readonly<Record<string, (t: Test, bench: Bench) => Promise<LeaseAdmin>>> = {
  here: (_, { desk }) => Promise.resolve(desk),
  "through a socket": async (t, { desk }) => {
    const path = join(shortFolder(t), "control.sock");
    serveLeases(await openControl(t, path), desk);
    const client = await ControlClient.connect(path, systemClock);
    if (client === undefined) throw new Error("nobody listens");
    const remote = new DaemonLeaseAdmin(client);
    t.teardown(() => remote.close());
    return remote;
  },
};

/** A lease of an hour from now on, as another server gave it. */
function leaseOf(name: string, address: string, { clock }: Bench, changes: Partial<Lease> = {}): Lease {
  const now = clock.date();
  const hardware = name.startsWith("id:") ? mac("020000000099") : mac(name);
  const key = name.startsWith("id:") ? clientId(name) : hardware;
  return makeLease({ key, mac: hardware, address: ip(address), starts: now, ends: now + HOUR, ...changes });
}

function bind({ leases }: Bench, key: typeof ALICE, address: string, seconds = 3600): void {
  void leases.bind({ key, mac: key, hostName: undefined }, ip(address), seconds);
}

for (const [name, open] of Object.entries(DESKS)) {
  await t.test(`an operator, ${name}`, async (t) => {
    await t.test("frees an address: it is its machine's until another needs it", async (t) => {
      const bench = makeBench();
      const desk = await open(t, bench);
      bind(bench, ALICE, "10.0.0.12");
      t.match(await desk.release(ip("10.0.0.12")), { key: ALICE, state: "bound" });
      t.strictSame(bench.released, [ALICE]);
      t.equal(bench.leases.holderOf(ip("10.0.0.12")), undefined, "the table knows at once");
      t.match(bench.store.get(ip("10.0.0.12")), { key: ALICE, state: "released", ends: bench.clock.date() });
      t.equal(await desk.release(ip("10.0.0.12")), "nobody has 10.0.0.12: it is released");
      t.equal(await desk.release(ip("10.0.0.13")), "nobody has 10.0.0.13");
      bench.store.put(leaseOf(BOB, "192.168.9.9", bench));
      t.match(await desk.release(ip("192.168.9.9")), { key: BOB }, "also one of a network that is served no more");
    });

    await t.test("lists all there is", async (t) => {
      const bench = makeBench();
      const desk = await open(t, bench);
      bind(bench, ALICE, "10.0.0.12");
      bench.store.put(leaseOf(BOB, "192.168.9.9", bench));
      const addresses: number[] = [];
      for await (const { address } of desk.list()) addresses.push(address);
      t.strictSame(addresses, [ip("10.0.0.12"), ip("192.168.9.9")]);
    });

    await t.test("brings leases of another server, where nothing speaks against it", async (t) => {
      const bench = makeBench();
      const desk = await open(t, bench);
      bind(bench, CAROL, "10.0.0.19");
      const cases: readonly (readonly [lease: Lease, reason: RegExp | undefined])[] = [
        [leaseOf(ALICE, "10.0.0.12", bench, { hostName: "alice" }), undefined],
        [leaseOf(DAVE, "10.0.0.5", bench), undefined],
        [leaseOf(BOB, "10.0.0.13", bench, { ends: bench.clock.date() - HOUR }), undefined],
        [leaseOf(BOB, "10.0.0.14", bench, { state: "declined" }), undefined],
        [leaseOf(mac("02-00-00-00-00-20"), "10.0.0.15", bench, { state: "released" }), undefined],
        [leaseOf(BOB, "10.1.0.7", bench), /^it is in no network that is served$/],
        [leaseOf(BOB, "10.0.0.77", bench), /^it is in no pool, and reserved for nobody$/],
        [leaseOf(BOB, "10.0.0.19", bench), /^02:00:00:00:00:0c has it here$/],
        [leaseOf(CAROL, "10.0.0.18", bench), /^its machine has 10\.0\.0\.19 here$/],
        [leaseOf(DAVE, "10.0.0.16", bench), /^its machine has 10\.0\.0\.5 here$/],
        [leaseOf(BOB, "10.0.0.17", bench, { state: "declined", ends: 1000 }), /^its time is over$/],
        [leaseOf("id:0152", "10.0.0.11", bench, { mac: mac("000000000000") }), /hardware address is not known/],
      ];
      const reasons = await desk.import(cases.map(([lease]) => lease));
      for (const [index, [, expected]] of cases.entries()) {
        if (expected === undefined) t.equal(reasons[index], undefined);
        else t.match(reasons[index], expected);
      }
      const now = await desk.import([leaseOf(ALICE, "10.0.0.12", bench), leaseOf(BOB, "10.0.0.14", bench)]);
      t.strictSame(now, ["it is here already", "a machine found it in use by another"]);
      t.match(bench.store.get(ip("10.0.0.12")), { key: ALICE, hostName: "alice", ends: bench.clock.date() + HOUR });
      t.equal(bench.leases.holderOf(ip("10.0.0.12")), ALICE);
      t.equal(bench.leases.look(BOB, UNSPECIFIED).own, ip("10.0.0.13"), "what has run out is still its machine's");
      t.notOk(bench.leases.look(CAROL, ip("10.0.0.14")).mayHave);
    });

    await t.test("a lease that runs goes before what ran out or was given back here", async (t) => {
      const bench = makeBench();
      const desk = await open(t, bench);
      bind(bench, ALICE, "10.0.0.12", 60);
      bench.clock.advance(61_000);
      t.strictSame(await desk.import([leaseOf(BOB, "10.0.0.12", bench)]), [undefined]);
      t.equal(bench.leases.holderOf(ip("10.0.0.12")), BOB);
      t.strictSame(await desk.import([leaseOf(ALICE, "10.0.0.13", bench)]), [undefined]);
      await desk.release(ip("10.0.0.13"));
      t.strictSame(await desk.import([leaseOf(ALICE, "10.0.0.14", bench)]), [undefined], "it may have moved");
      t.equal(bench.store.get(ip("10.0.0.13")), undefined);
    });

    await t.test("a machine is known by what client_key says, whatever the other server knew it by", async (t) => {
      const byMac = makeBench();
      await (await open(t, byMac)).import([leaseOf("id:ff0001", "10.0.0.12", byMac)]);
      t.match(byMac.leases.look(mac("020000000099"), UNSPECIFIED), { held: ip("10.0.0.12"), state: "bound" });
      const byIdentifier = makeBench("client-id");
      await (await open(t, byIdentifier)).import([leaseOf("id:ff0001", "10.0.0.12", byIdentifier)]);
      t.match(byIdentifier.leases.look(clientId("id:ff0001"), UNSPECIFIED), { held: ip("10.0.0.12"), state: "bound" });
    });

    await t.test(
      "a reservation's address is its machine's, also where only its client identifier is known",
      async (t) => {
        const bench = makeBench();
        const desk = await open(t, bench);
        const reservation = { mac: mac("000000000000"), starts: 0, ends: Infinity };
        t.strictSame(await desk.import([leaseOf("id:0152", "10.0.0.11", bench, reservation)]), [undefined]);
        t.notOk(bench.leases.look(ALICE, ip("10.0.0.11")).mayHave);
        t.match(bench.store.get(ip("10.0.0.11")), { key: "id:0152", ends: Infinity });
      },
    );

    await t.test("many at once", async (t) => {
      const bench = makeBench();
      const desk = await open(t, bench);
      const many = Array.from({ length: 3000 }, (_, index) =>
        leaseOf(ALICE, `10.3.${index >> 8}.${index & 255}`, bench),
      );
      const reasons = await desk.import([
        leaseOf(ALICE, "10.0.0.12", bench),
        ...many,
        leaseOf(BOB, "10.0.0.13", bench),
      ]);
      t.equal(reasons.length, 3002);
      t.equal(reasons.filter((reason) => reason === undefined).length, 2);
      t.equal(reasons.at(-1), undefined);
    });
  });
}
