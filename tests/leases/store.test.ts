/** What every store of leases does. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { LmdbStore } from "../../lib/leases/store/lmdb-store.js";
import type { Lease, LeaseStore } from "../../lib/leases/lease.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import { clientId, ip, mac } from "../support/values.js";

const LEASE: Lease = {
  address: ip("10.0.0.10"),
  key: mac("52:54:00:00:00:01"),
  mac: mac("52-54-00-00-00-01"),
  state: "bound",
  starts: Date.UTC(2026, 10, 21),
  ends: Date.UTC(2026, 10, 22),
  hostName: "büro",
};
const BY_IDENTIFIER: Lease = {
  ...LEASE,
  address: ip("250.0.0.11"),
  key: clientId("id:ff00020000ab11"),
  state: "declined",
  ends: Infinity,
  hostName: undefined,
};

async function runStoreTests(t: Test, make: (t: Test) => LeaseStore | Promise<LeaseStore>): Promise<void> {
  const open = async (t: Test): Promise<LeaseStore> => {
    const store = await make(t);
    t.teardown(() => store.close());
    return store;
  };

  await t.test("is empty at first, and gives back what is put", async (t) => {
    const store = await open(t);
    t.strictSame([...store.load()], []);
    await store.put(LEASE);
    await store.put(BY_IDENTIFIER);
    t.strictSame([...store.load()], [LEASE, BY_IDENTIFIER]);
    t.strictSame(store.get(BY_IDENTIFIER.address), BY_IDENTIFIER);
    t.equal(store.get(ip("10.0.0.11")), undefined);
  });

  await t.test("knows one lease of an address: the last one", async (t) => {
    const store = await open(t);
    await store.put(LEASE);
    await store.put({ ...BY_IDENTIFIER, address: LEASE.address });
    t.strictSame([...store.load()], [{ ...BY_IDENTIFIER, address: LEASE.address }]);
    await store.remove(LEASE.address);
    await store.remove(LEASE.address);
    t.strictSame([...store.load()], []);
  });

  await t.test("takes many at once, and keeps their order of an address", async (t) => {
    const store = await open(t);
    const leases = Array.from({ length: 1000 }, (_, index) => ({
      ...LEASE,
      address: ip(`10.1.${index >> 8}.${index & 255}`),
    }));
    await Promise.all([
      ...leases.map((lease) => store.put({ ...lease, state: "released" as const })),
      ...leases.map((lease) => store.put(lease)),
    ]);
    t.strictSame([...store.load()], leases);
  });
}

await t.test("in memory", (t) => runStoreTests(t, () => new MemoryStore()));

await t.test("in a database", async (t) => {
  await runStoreTests(t, async (t) => (await LmdbStore.open(join(t.testdir(), "deep", "leases"))).store);

  await t.test("leases outlast the store", async (t) => {
    const folder = join(t.testdir(), "leases");
    const first = (await LmdbStore.open(folder)).store;
    await first.put(LEASE);
    await first.close();
    const { store, damaged } = await LmdbStore.open(folder);
    t.equal(damaged, undefined);
    t.strictSame([...store.load()], [LEASE]);
    await store.close();
  });

  await t.test("those who wait for one transaction go on in portions, so that others have their turn", async (t) => {
    const { store } = await LmdbStore.open(join(t.testdir(), "leases"));
    t.teardown(() => store.close());
    const told: number[] = [];
    const all = Array.from({ length: 300 }, (_, index) =>
      store.put({ ...LEASE, address: ip(`10.1.${index >> 8}.${index & 255}`) }).then(() => told.push(index)),
    );
    let most = 0;
    while (told.length < all.length) {
      const before = told.length;
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, told.length - before);
    }
    t.ok(most <= 64, `${most} in a turn of the event loop`);
    t.strictSame(
      told,
      all.map((_, index) => index),
      "in their order",
    );
  });

  await t.test("is its key's alone, whatever the process lets others do with files", async (t) => {
    const mask = process.umask(0);
    t.teardown(() => process.umask(mask));
    const folder = join(t.testdir(), "leases");
    const { store } = await LmdbStore.open(folder);
    await store.put(LEASE);
    await store.close();
    const modes = ["", ...readdirSync(folder)].map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
    t.strictSame(Object.fromEntries(modes), { "": 0o700, "data.mdb": 0o600, "data.mdb-lock": 0o600, closed: 0o600 });
  });

  await t.test("another process may read what is there meanwhile", async (t) => {
    const folder = join(t.testdir(), "leases");
    const { store } = await LmdbStore.open(folder);
    await store.put(LEASE);
    const reader = LmdbStore.openToRead(folder);
    t.strictSame([...reader.load()], [LEASE]);
    await reader.close();
    t.notOk(existsSync(join(folder, "closed")), "which is not what makes it closed");
    await store.close();
    t.throws(() => LmdbStore.openToRead(join(folder, "missing")));
  });

  await t.test("D10 a damaged one is put aside, whole, and another begun", async (t) => {
    const good = join(t.testdir(), "good");
    const { store } = await LmdbStore.open(good);
    const many = Array.from({ length: 3000 }, (_, index) => ({
      ...LEASE,
      address: ip(`10.2.${index >> 8}.${index & 255}`),
    }));
    await Promise.all(many.map((lease) => store.put(lease)));
    await store.close();
    const file = readFileSync(join(good, "data.mdb"));
    // Behind it there is room for more.
    const octets = file.subarray(0, file.findLastIndex((octet) => octet !== 0) + 1);
    const flipped = Buffer.from(octets);
    for (let offset = 8192; offset < flipped.length; offset += 997) flipped[offset] = (flipped[offset] ?? 0) ^ 0x55;
    const cases: Readonly<Record<string, Buffer>> = {
      "cut in half": octets.subarray(0, octets.length / 2),
      "one page": octets.subarray(0, 4096),
      garbage: Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7919) & 255)),
      flipped,
    };
    for (const [name, data] of Object.entries(cases)) {
      const folder = join(t.testdir(), "leases");
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "data.mdb"), data);
      const { store: anew, damaged = "" } = await LmdbStore.open(folder);
      t.match(damaged, /leases\.damaged-/, name);
      t.ok(readdirSync(damaged).includes("data.mdb"), name);
      t.strictSame([...anew.load()], [], name);
      await anew.put(LEASE);
      await anew.close();
    }
  });
});
