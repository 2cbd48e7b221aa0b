/** Reserved addresses by differences: whatever changes, they come out as a whole recomputation has them. */

import t from "tap";
import { EventBus } from "../../lib/events/event.js";
import { byPrecedence, type HostEntry } from "../../lib/inventory/entry.js";
import { HostIndex } from "../../lib/inventory/host-index.js";
import { JoinedHosts } from "../../lib/inventory/joined-hosts.js";
import { keysOf, type Host } from "../../lib/inventory/host.js";
import { Picture } from "../../lib/inventory/picture.js";
import { ReservationPlan } from "../../lib/inventory/reservation-plan.js";
import { reserveAddresses } from "../../lib/inventory/reservations.js";
import { CURRENT, type HostSource } from "../../lib/inventory/source.js";
import { Reservations } from "../../lib/leases/reservations.js";
import type { LeaseKey } from "../../lib/machine/lease-key.js";
import { Subnet } from "../../lib/net/subnet.js";
import { SeededRandom } from "../support/random.js";
import { clientId, ip, macNumber } from "../support/values.js";

const NETWORKS = [
  { subnet: Subnet.holding(ip("10.0.1.0"), ip("255.255.255.240")), ownAddresses: [ip("10.0.1.1")] },
  { subnet: Subnet.holding(ip("10.0.2.0"), ip("255.255.255.240")), ownAddresses: [ip("10.0.2.1")] },
];

/** A source whose hosts a test replaces. */
class Changing implements HostSource {
  readonly #picture = new Picture("changing", new EventBus(), []);
  find: HostSource["find"] = (who) => this.#picture.find(who);
  state = () => CURRENT;
  start = () => undefined;
  close = () => undefined;
  known = () => this.#picture.known();
  onChange: HostSource["onChange"] = (listener) => this.#picture.onChange(listener);
  take(entries: readonly HostEntry[]): void {
    this.#picture.take(entries);
  }
}

/** A host among few keys and addresses, so that many share them; some have no address, or one that fits nowhere. */
function randomHost(random: SeededRandom, line: number): Host {
  const macs = Array.from({ length: random.below(3) }, () => macNumber(random.below(30)));
  const id = macs.length === 0 || random.below(4) === 0 ? { clientId: clientId(`id:ff0${random.below(8)}`) } : {};
  const address = ip(`10.0.${random.of([1, 1, 2, 2, 3])}.${random.below(16)}`);
  return {
    macs: [...new Set(macs)],
    ...id,
    address: random.below(6) === 0 ? undefined : address,
    hostName: `n${random.below(3)}`,
    facts: { dns: [ip(`10.0.1.${random.below(2)}`)] },
    netboot: {},
    origins: [{ source: "changing", line }],
  };
}

await t.test("random changes of several sources: the same as all of it anew", (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = new SeededRandom(seed);
    const sources = [new Changing(), new Changing(), new Changing()];
    const joined = new JoinedHosts(sources);
    const plan = new ReservationPlan(NETWORKS);
    const { byNetwork: first } = plan.begin(joined.known());
    const tables = first.map(({ set }) => new Reservations(set));
    joined.onChange((changes) => {
      for (const [index, differences] of plan.apply(changes).byNetwork.entries()) tables[index]?.change(differences);
      return [];
    });
    const pictures = sources.map(() => new Map<string, HostEntry>());
    for (let turn = 0; turn < 60; turn++) {
      const rank = random.below(sources.length);
      const picture = pictures[rank] ?? new Map<string, HostEntry>();
      for (let change = random.below(4); change >= 0; change--) {
        const id = `m${random.below(12)}`;
        const place = random.below(5);
        const former = picture.get(id);
        const way = random.below(4);
        if (way === 0) picture.delete(id);
        else if (way === 1 && former !== undefined) {
          const host = { ...former.host, origins: [{ source: "changing", line: place }] };
          picture.set(id, { id, place, host });
        } else picture.set(id, { id, place, host: randomHost(random, place) });
      }
      sources[rank]?.take([...picture.values()]);

      const known = [...joined.known()];
      t.strictSame(known, known.toSorted(byPrecedence));
      const { byNetwork } = reserveAddresses(
        known.map(({ host }) => host),
        NETWORKS,
      );
      const [got, wanted] = [tables, byNetwork.map((reserved) => new Reservations(reserved))].map((all) =>
        all.map((table, index) => describe(table, byNetwork[index]?.keys() ?? [])),
      );
      if (JSON.stringify(got) !== JSON.stringify(wanted)) t.strictSame(got, wanted, `seed ${seed}, turn ${turn}`);
      const anew = new HostIndex(known);
      for (const { host } of known) {
        for (const key of keysOf(host)) {
          const found = sources.map((source) => new HostIndex(source.known()).get(key)).find(Boolean);
          if (anew.get(key) !== found) t.fail(`seed ${seed}, turn ${turn}: ${key} is found otherwise`);
        }
      }
    }
  }
  t.end();
});

/** What can be asked of reservations, for comparison. @param keys those that should be there */
function describe(table: Reservations, keys: Iterable<LeaseKey>): unknown {
  const addresses = [...new Set(table.byKey.values())].sort((one, other) => one - other);
  return {
    size: table.byKey.size,
    reserved: [...keys].map((key) => [key, table.addressOf(key)]),
    addresses: addresses.map((address) => [address, table.keyOf(address), table.isShared(address)]),
  };
}

await t.test("an index by differences finds what an index of all finds", (t) => {
  const random = new SeededRandom(7);
  const index = new HostIndex([]);
  for (let turn = 0; turn < 300; turn++) {
    const entries = new Map<string, HostEntry>();
    for (let count = random.below(9); count > 0; count--) {
      const [id, place] = [`m${random.below(9)}`, random.below(3)];
      entries.set(id, { id, place, host: randomHost(random, place) });
    }
    index.apply(index.differencesTo(entries.values()));
    const anew = new HostIndex(entries.values());
    t.strictSame(index.entries(), anew.entries());
    for (let key = 0; key < 30; key++) {
      const who = { mac: macNumber(key), clientId: clientId(`id:ff0${key % 8}`) };
      if (index.find(who) !== anew.find(who)) t.fail(`turn ${turn}: ${who.mac} is found otherwise`);
    }
  }
  t.end();
});

await t.test("what is found about addresses is told when it is new, and not when a line has another number", (t) => {
  const plan = new ReservationPlan(NETWORKS);
  const entry = (id: number, address: string, line: number): HostEntry => ({
    id: `m${id}`,
    place: line,
    host: {
      macs: [macNumber(id)],
      address: ip(address),
      facts: {},
      netboot: {},
      origins: [{ source: "hosts.yaml", line }],
    },
  });
  const told = (changes: Partial<Parameters<ReservationPlan["apply"]>[0]>): readonly unknown[] =>
    plan.apply({ set: [], moved: [], gone: [], ...changes }).findings;
  t.match(plan.begin([entry(1, "10.0.9.9", 1), entry(2, "10.0.1.2", 2)]).findings, [
    { kind: "hosts-unfit", problems: [/^hosts\.yaml:1: 10\.0\.9\.9 is reserved for nobody/] },
  ]);
  t.match(told({ set: [entry(3, "10.0.1.2", 3)] }), [
    { kind: "hosts-shared", addresses: [/^10\.0\.1\.2 .*hosts\.yaml:2.*hosts\.yaml:3/] },
  ]);
  t.strictSame(told({ moved: [entry(1, "10.0.9.9", 2), entry(2, "10.0.1.2", 3), entry(3, "10.0.1.2", 4)] }), []);
  t.match(told({ set: [entry(1, "10.0.9.8", 2)] }), [{ problems: [/^hosts\.yaml:2: 10\.0\.9\.8/] }]);
  t.strictSame(told({ gone: [entry(3, "10.0.1.2", 4)] }), []);
  t.match(told({ set: [entry(3, "10.0.1.2", 4)] }), [{ kind: "hosts-shared" }], "it is new again");
  t.end();
});
