import t from "tap";
import type { AddressPlan } from "../../lib/leases/address-plan.js";
import { LeaseTable } from "../../lib/leases/lease-table.js";
import { formatIpv4, toIpv4, type Ipv4 } from "../../lib/net/ipv4.js";
import type { Mac } from "../../lib/net/mac.js";
import { ManualClock } from "../support/manual-clock.js";
import { SeededRandom } from "../support/random.js";
import { ip, macNumber } from "../support/values.js";

const STEPS = 100_000;
const POOL = { start: ip("10.0.0.10"), count: 24 };
const MACHINES = Array.from({ length: 40 }, (_, index) => macNumber(index));
const ADDRESSES = Array.from({ length: POOL.count + 4 }, (_, index) => toIpv4(POOL.start - 2 + index));

/** Three reserved addresses: two in the pool, one outside. */
const RESERVED = MACHINES.slice(0, 3).map((key, index) => [key, toIpv4(POOL.start + index * 12)] as const);
const EXCLUDED = [ip("10.0.0.15"), ip("10.0.0.16")];

const PLAN: AddressPlan = {
  ranges: [POOL],
  excluded: new Set(EXCLUDED),
  reservations: new Map(RESERVED),
  offerSeconds: 60,
  declineSeconds: 600,
};

/** What has to be true of the table, whatever the machines do. */
class Walk {
  readonly clock = new ManualClock();
  readonly table = new LeaseTable(PLAN, this.clock);
  readonly #random = new SeededRandom(20_061_119);
  /** What each machine took, and neither declined nor gave back. */
  readonly #bound = new Map<Mac, Ipv4>();
  /** What each machine was offered, and until when. */
  readonly #offered = new Map<Mac, { readonly address: Ipv4; readonly until: number }>();
  readonly #declined = new Map<Ipv4, number>();

  step(): string {
    const machine = this.#random.of(MACHINES);
    const address = this.#random.below(3) === 0 ? this.table.addressOf(machine) : undefined;
    const target = address ?? this.#random.of(ADDRESSES);
    const said = [
      () => this.#discover(machine, undefined),
      () => this.#discover(machine, target),
      () => this.#take(machine, target),
    ];
    const others = [
      () => this.#release(machine, target),
      () => this.#decline(machine, target),
      () => this.#withdraw(machine),
      () => this.#wait(),
    ];
    const action = this.#random.below(3) < 2 ? this.#random.of(said) : this.#random.of(others);
    return action();
  }

  /** @returns what is wrong, undefined for nothing */
  mistake(): string | undefined {
    const keys = new Map<Ipv4, Mac>();
    for (const machine of MACHINES) {
      const address = this.table.addressOf(machine);
      const bound = this.#bound.get(machine);
      if (bound !== undefined && address !== bound) return `${machine} lost ${formatIpv4(bound)}`;
      if (address === undefined) continue;
      const other = keys.get(address);
      if (other !== undefined) return `${formatIpv4(address)} is ${other}'s and ${machine}'s`;
      keys.set(address, machine);
      const reserved = PLAN.reservations.get(machine);
      if (reserved !== undefined && reserved !== address) return `${machine} has not what is reserved for it`;
      if (reserved === undefined && !isPooled(address)) return `${machine} has ${formatIpv4(address)}`;
    }
    return undefined;
  }

  #discover(machine: Mac, requested: Ipv4 | undefined): string {
    const own = this.table.addressOf(machine);
    const address = this.table.offer(machine, requested);
    const story = `offer ${machine} ${show(requested)}: ${show(address)}`;
    if (own !== undefined && address !== own) throw new Error(`${story}, it has ${show(own)}`);
    if (address === undefined) return story;
    const now = this.clock.now();
    for (const [other, offer] of this.#offered) {
      if (other !== machine && offer.address === address && offer.until > now)
        throw new Error(`${story}, held for ${other}`);
    }
    if ((this.#declined.get(address) ?? 0) > now && !PLAN.reservations.has(machine))
      throw new Error(`${story}, declined`);
    if (!this.#bound.has(machine)) this.#offered.set(machine, { address, until: now + PLAN.offerSeconds * 1000 });
    return story;
  }

  #take(machine: Mac, address: Ipv4): string {
    const allowed = this.table.mayHave(machine, address);
    const story = `take ${machine} ${show(address)}: ${allowed ? "ack" : "nak"}`;
    const offer = this.#offered.get(machine);
    if (!allowed && offer?.address === address && offer.until > this.clock.now())
      throw new Error(`${story}, it was offered`);
    if (!allowed) return story;
    const { renewed } = this.table.bind(machine, address);
    if (this.table.holderOf(address) !== machine) throw new Error(`${story}, but it is not the holder`);
    if (renewed && !this.#bound.has(machine)) throw new Error(`${story}, renewed what it had not`);
    this.#bound.set(machine, address);
    this.#offered.delete(machine);
    return story;
  }

  #release(machine: Mac, address: Ipv4): string {
    const done = this.table.release(machine, address);
    if (done && this.#bound.get(machine) !== address) throw new Error(`${machine} released what it had not`);
    if (this.table.holderOf(address) === machine) throw new Error(`${machine} still holds ${show(address)}`);
    // What was given back may go to another machine once nothing fresh is left.
    if (done) this.#bound.delete(machine);
    return `release ${machine} ${show(address)}`;
  }

  #decline(machine: Mac, address: Ipv4): string {
    if (this.table.decline(machine, address)) {
      this.#bound.delete(machine);
      this.#offered.delete(machine);
      this.#declined.set(address, this.clock.now() + PLAN.declineSeconds * 1000);
    }
    return `decline ${machine} ${show(address)}`;
  }

  #withdraw(machine: Mac): string {
    const offered = this.#offered.get(machine);
    if (offered !== undefined) this.table.withdraw(machine, offered.address);
    this.#offered.delete(machine);
    return `withdraw ${machine}`;
  }

  #wait(): string {
    const seconds = this.#random.below(90);
    this.clock.advance(seconds * 1000);
    return `wait ${seconds} s`;
  }
}

function isPooled(address: Ipv4): boolean {
  const inRange = address >= POOL.start && address < POOL.start + POOL.count;
  const taken = EXCLUDED.includes(address) || RESERVED.some(([, reserved]) => reserved === address);
  return inRange && !taken;
}

function show(address: Ipv4 | undefined): string {
  return address === undefined ? "-" : formatIpv4(address);
}

await t.test(
  "whatever machines do, an address is never two machines', and who took one keeps it as long as it wants it",
  (t) => {
    const walk = new Walk();
    const last: string[] = [];
    const kinds = new Set<string>();
    for (let step = 0; step < STEPS; step++) {
      const story = walk.step();
      last.push(story);
      if (last.length > 20) last.shift();
      kinds.add(
        story
          .replace(/52:\S+/g, "")
          .replace(/[0-9]+\.\S+/g, "")
          .trim()
          .split(" ")
          .slice(0, 1)
          .join(),
      );
      const mistake = walk.mistake();
      if (mistake !== undefined) {
        t.fail(`step ${step}: ${mistake}; the last steps: ${last.join("; ")}`);
        break;
      }
    }
    t.strictSame([...kinds].sort(), ["decline", "offer", "release", "take", "wait", "withdraw"]);
    t.end();
  },
);
