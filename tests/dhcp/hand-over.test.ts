/** What machines have outlasts a network that is taken out of the configuration and comes back. */

import t, { type Test } from "tap";
import { prepareScopes } from "../../lib/dhcp/settings.js";
import { EventBus } from "../../lib/events/event.js";
import { noHosts } from "../../lib/inventory/source.js";
import type { Allocation } from "../../lib/leases/allocation.js";
import { EmbeddedAllocation } from "../../lib/leases/embedded-allocation.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import { loadText } from "../support/configuration.js";
import { makeLease } from "../support/leases.js";
import { ManualClock } from "../support/manual-clock.js";
import { ip, mac } from "../support/values.js";

const FIRST = ["[bootpd]", "pool_start = 192.168.1.100"];
const FAR = ["[subnet far]", "network = 10.9.0.0/24", "pool_start = 10.9.0.100"];
const MACHINE = mac("52:54:00:00:00:01");

function open(store: MemoryStore): EmbeddedAllocation {
  return new EmbeddedAllocation({ store, clock: new ManualClock(), onReleased: () => undefined });
}

/** Goes by another configuration. */
async function load(t: Test, allocation: Allocation, lines: readonly string[]): Promise<void> {
  const parts = { clock: new ManualClock(), dns: [], events: new EventBus(), hosts: noHosts, allocation };
  (await prepareScopes(loadText(t, lines.join("\n")), parts)).leases.transaction.commit();
}

await t.test("A37c a network that comes back has the leases that it had", async (t) => {
  const store = new MemoryStore();
  const address = ip("10.9.0.100");
  const now = new ManualClock().date();
  store.put(makeLease({ address, key: MACHINE, mac: MACHINE, starts: now, ends: now + 3_600_000 }));
  const allocation = open(store);
  await load(t, allocation, FIRST);
  t.equal(allocation.at(address), undefined);
  await load(t, allocation, [...FIRST, ...FAR]);
  const leases = allocation.at(address);
  t.equal(leases?.holderOf(address), MACHINE);
  const other = mac("52:54:00:00:00:02");
  t.not(leases?.hold({ key: other, mac: other }, undefined), address);
});

await t.test("what is known in memory goes before what is on disk", async (t) => {
  const store = new MemoryStore();
  const address = ip("10.9.0.100");
  const now = new ManualClock().date();
  const allocation = open(store);
  await load(t, allocation, [...FIRST, ...FAR]);
  store.put(makeLease({ address, key: MACHINE, mac: MACHINE, starts: now, ends: now + 3_600_000 }));
  await load(t, allocation, [...FIRST, ...FAR]);
  t.equal(allocation.at(address)?.holderOf(address), undefined);
});
