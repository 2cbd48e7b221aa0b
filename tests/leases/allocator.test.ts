/** The contract of an allocation, of each of those that there are. */

import t from "tap";
import type { ManualClock } from "../support/manual-clock.js";
import { EmbeddedAllocation } from "../../lib/leases/embedded-allocation.js";
import type { LeaseStore } from "../../lib/leases/lease.js";
import { LmdbStore } from "../../lib/leases/store/lmdb-store.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import { FailingStore } from "../support/failing-store.js";
import { SlowAllocation } from "../support/slow-allocation.js";
import { runAllocatorTests, type AllocationUnderTest } from "./allocator-contract.js";

const onReleased = (): void => undefined;

/** @param open opens the store with what was kept in it */
function embedded(clock: ManualClock, open: () => Promise<LeaseStore>): AllocationUnderTest {
  let failing: FailingStore | undefined;
  return {
    open: async () => {
      failing = new FailingStore(await open());
      return new EmbeddedAllocation({ store: failing, clock, onReleased });
    },
    fail: (fails) => {
      if (failing !== undefined) failing.failing = fails;
    },
  };
}

await t.test("in memory", async (t) => {
  await runAllocatorTests(t, (_, clock) => {
    const store = new MemoryStore();
    return embedded(clock, () => Promise.resolve(store));
  });
});

await t.test("in memory over LMDB", async (t) => {
  await runAllocatorTests(t, (t, clock) => {
    const folder = t.testdir();
    return embedded(clock, async () => (await LmdbStore.open(folder)).store);
  });
});

await t.test("one that answers later", async (t) => {
  await runAllocatorTests(t, (_, clock) => {
    const store = new MemoryStore();
    const kept = embedded(clock, () => Promise.resolve(store));
    return { ...kept, open: async () => new SlowAllocation(await kept.open()) };
  });
});
