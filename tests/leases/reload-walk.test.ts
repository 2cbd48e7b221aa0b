/** Leases through changes of the configuration: at no time do two machines have one address. */

import t from "tap";
import type { AddressPlan } from "../../lib/leases/address-plan.js";
import { LeaseTable } from "../../lib/leases/lease-table.js";
import { formatIpv4, toIpv4, type Ipv4 } from "../../lib/net/ipv4.js";
import type { Mac } from "../../lib/net/mac.js";
import { ManualClock } from "../support/manual-clock.js";
import { SeededRandom } from "../support/random.js";
import { ip, macNumber } from "../support/values.js";

const STEPS = 50_000;
const SEEDS = [1, 2, 20_061_119];
const FIRST = ip("10.0.0.10");
const ADDRESSES = Array.from({ length: 24 }, (_, index) => toIpv4(FIRST + index));
const MACHINES = Array.from({ length: 20 }, (_, index) => macNumber(index));
const LEASE_SECONDS = 300;

/** A pool in one or two pieces, and reservations, as an operator might think of them next. */
function somePlan(random: SeededRandom): AddressPlan {
  const start = random.below(12);
  const ranges = [{ start: toIpv4(FIRST + start), count: random.below(12) }];
  if (random.below(2) === 0) ranges.push({ start: toIpv4(FIRST + 20), count: 4 });
  const reservations = new Map<Mac, Ipv4>();
  for (let count = random.below(4); count > 0; count--) {
    const address = random.of(ADDRESSES);
    if (![...reservations.values()].includes(address)) reservations.set(random.of(MACHINES), address);
  }
  const excluded = new Set([random.of(ADDRESSES)].filter((address) => ![...reservations.values()].includes(address)));
  return { ranges, excluded, reservations, offerSeconds: 60, declineSeconds: 600 };
}

/** Machines that do what RFC 2131 asks of them, on a server whose configuration changes under them. */
class Walk {
  readonly clock = new ManualClock();
  readonly #random: SeededRandom;
  #table: LeaseTable;
  #plan: AddressPlan;
  /** What each machine uses, and until when it may. */
  readonly #used = new Map<Mac, { readonly address: Ipv4; readonly until: number }>();
  kept = 0;
  moved = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#plan = somePlan(this.#random);
    this.#table = new LeaseTable(this.#plan, this.clock);
  }

  step(): void {
    const machine = this.#random.of(MACHINES);
    const used = this.#used.get(machine);
    switch (this.#random.below(20)) {
      case 0:
        this.#reload();
        break;
      case 1:
        this.clock.advance(this.#random.below(120) * 1000);
        break;
      case 2:
        if (used !== undefined) this.#table.release(machine, used.address);
        this.#used.delete(machine);
        break;
      default:
        if (used === undefined || used.until <= this.clock.now()) this.#obtain(machine);
        else this.#renew(machine, used.address);
    }
  }

  /** @returns the first address that two machines use */
  doubled(): string | undefined {
    const keys = new Map<Ipv4, Mac>();
    for (const [machine, { address, until }] of this.#used) {
      if (until <= this.clock.now()) continue;
      const other = keys.get(address);
      if (other !== undefined) return `${formatIpv4(address)} is ${other}'s and ${machine}'s`;
      keys.set(address, machine);
    }
    return undefined;
  }

  #reload(): void {
    const plan = this.#random.below(2) === 0 ? somePlan(this.#random) : this.#samePool();
    const next = new LeaseTable(plan, this.clock);
    this.#plan = plan;
    if (this.#table.follow(next)) return;
    next.takeOver(this.#table, () => true);
    this.#table = next;
  }

  /** Other reservations for the same pool. */
  #samePool(): AddressPlan {
    const { ranges, excluded } = this.#plan;
    const plan = somePlan(this.#random);
    const reservations = new Map([...plan.reservations].filter(([, address]) => !excluded.has(address)));
    return { ...plan, ranges, excluded, reservations };
  }

  #obtain(machine: Mac): void {
    this.#used.delete(machine);
    const address = this.#table.offer(machine, undefined);
    if (address !== undefined && this.#table.mayHave(machine, address)) this.#take(machine, address);
  }

  #renew(machine: Mac, address: Ipv4): void {
    if (this.#table.mayHave(machine, address)) {
      this.#take(machine, address);
      this.kept += 1;
      return;
    }
    // DHCPNAK: it stops to use the address, and asks for another.
    this.#obtain(machine);
    this.moved += 1;
  }

  #take(machine: Mac, address: Ipv4): void {
    this.#table.bind(machine, address, LEASE_SECONDS);
    this.#used.set(machine, { address, until: this.clock.now() + LEASE_SECONDS * 1000 });
  }
}

for (const seed of SEEDS) {
  await t.test(
    `A37d no two machines get one address through changes of the pool and of reservations (${seed})`,
    (t) => {
      const walk = new Walk(seed);
      for (let step = 0; step < STEPS; step++) {
        walk.step();
        const doubled = walk.doubled();
        if (doubled === undefined) continue;
        t.fail(`step ${step}: ${doubled}`);
        break;
      }
      t.ok(walk.kept > 100, "machines keep what they may keep");
      t.ok(walk.moved > 100, "and others move");
      t.end();
    },
  );
}
