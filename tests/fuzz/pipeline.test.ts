/** Mutated captures through the whole server, in memory: a short run of what `npm run fuzz` does for longer. */

import t from "tap";
import type { Event } from "../../lib/events/event.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { DhcpBench } from "../support/dhcp-bench.js";
import { SeededRandom } from "../support/random.js";
import { dhcpSeeds, seedOptions } from "./dhcp-seeds.js";
import { Mutator } from "./mutator.js";

const KNOWN = "52:54:00:ff:00:01";
const PACKETS = 30_000;
const OFFERED_MILLISECONDS = 61_000;
const DICTIONARY = seedOptions.map(([, value]) => Buffer.from(value, "hex"));

/** The holders of addresses according to the server; collects the addresses that were given to a second one. */
class Holders {
  readonly doubled: string[] = [];
  readonly #owners = new Map<string, string>();

  note(event: Event): void {
    if (event.kind !== "dhcp-leased" && event.kind !== "dhcp-released" && event.kind !== "dhcp-declined") return;
    const [address, who] = [formatIpv4(event.address), event.machine.mac];
    const owner = this.#owners.get(address);
    if (event.kind !== "dhcp-leased") this.#owners.delete(address);
    else if (owner !== undefined && owner !== who) this.doubled.push(`${address}: ${owner}, ${who}`);
    else this.#owners.set(address, who);
    // A client that gets another address has left its former one.
    for (const [other, one] of this.#owners) if (one === who && other !== address) this.#owners.delete(other);
  }

  get count(): number {
    return this.#owners.size;
  }
}

await t.test("D15 D17 mutated requests end nothing, get sound replies, and no address has two owners", async (t) => {
  const seed = Date.now();
  t.comment(`seed ${seed}`);
  const mutator = new Mutator(new SeededRandom(seed), DICTIONARY);
  const bench = await DhcpBench.start({
    allowSimple: true,
    authoritative: true,
    bootServer: true,
    poolCount: 60,
    reservations: { [KNOWN]: "192.168.7.200" },
  });
  const holders = new Holders();
  let [answers, mistakes] = [0, 0];
  for (let count = 0; count < PACKETS; count++) {
    // Whoever reads them insists on what every reply has to be (A4, A5, A20).
    answers += bench.askRaw(mutator.mutate(dhcpSeeds)).length;
    for (const event of bench.events.splice(0)) {
      holders.note(event);
      if (event.kind === "failed") mistakes += 1;
    }
    if (count % 500 === 0) bench.clock.advance(count % 5000 === 0 ? OFFERED_MILLISECONDS : 1);
  }
  t.strictSame(holders.doubled, []);
  t.equal(mistakes, 0, "no mistake of ours");
  t.ok(answers > PACKETS / 100, `${answers} answers`);
  t.ok(holders.count > 0, `${holders.count} machines have an address`);
  // Those without number may have taken the pool for good: a BOOTP client's address does not run out.
  t.equal(bench.obtain([], { chaddr: KNOWN }), "192.168.7.200", "whoever has a reservation is served");
});
