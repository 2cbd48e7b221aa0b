/** What machines have outlasts a network that is taken out of the configuration and comes back. */

import t, { type Test } from "tap";
import { handOver, makeScopes } from "../../lib/dhcp/settings.js";
import type { Scopes } from "../../lib/dhcp/scopes.js";
import { EventBus } from "../../lib/events/event.js";
import { noHosts } from "../../lib/inventory/source.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import { loadText } from "../support/configuration.js";
import { makeLease } from "../support/leases.js";
import { ManualClock } from "../support/manual-clock.js";
import { ip, mac } from "../support/values.js";

const FIRST = ["[bootpd]", "pool_start = 192.168.1.100"];
const FAR = ["[subnet far]", "network = 10.9.0.0/24", "pool_start = 10.9.0.100"];
const MACHINE = mac("52:54:00:00:00:01");

function scopesOf(t: Test, lines: readonly string[], store: MemoryStore): Scopes {
  const config = loadText(t, lines.join("\n"));
  return makeScopes(config, { clock: new ManualClock(), dns: [], store, events: new EventBus(), hosts: noHosts });
}

await t.test("A37c a network that comes back has the leases that it had", (t) => {
  const store = new MemoryStore();
  const address = ip("10.9.0.100");
  const now = new ManualClock().date();
  store.put(makeLease({ address, key: MACHINE, mac: MACHINE, starts: now, ends: now + 3_600_000 }));
  const without = scopesOf(t, FIRST, store);
  t.equal(without.holding(address), undefined);
  const back = scopesOf(t, [...FIRST, ...FAR], store);
  handOver(without, back, store);
  const leases = back.holding(address)?.leases;
  t.equal(leases?.holderOf(address), MACHINE);
  t.not(leases?.table.offer(mac("52:54:00:00:00:02"), undefined), address);
  t.end();
});

await t.test("what is known in memory goes before what is on disk", (t) => {
  const store = new MemoryStore();
  const address = ip("10.9.0.100");
  const now = new ManualClock().date();
  const before = scopesOf(t, [...FIRST, ...FAR], store);
  store.put(makeLease({ address, key: MACHINE, mac: MACHINE, starts: now, ends: now + 3_600_000 }));
  const after = scopesOf(t, [...FIRST, ...FAR], store);
  handOver(before, after, store);
  t.equal(after.holding(address)?.leases.holderOf(address), undefined);
  t.end();
});
