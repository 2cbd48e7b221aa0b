import type { Clock } from "../net/clock.js";
import { toIpv4, type Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";

/** Which addresses there are to give. */
export interface AddressPlan {
  /** The first address of the pool and how many follow it, itself counted. */
  readonly start: Ipv4;
  readonly count: number;
  /** Addresses that no machine may get from the pool: our own, the network's, a router's. */
  readonly excluded: ReadonlySet<Ipv4>;
  /** Addresses that belong to one machine whether it asks or not. */
  readonly reservations: ReadonlyMap<Mac, Ipv4>;
  /** For how long an address that was offered waits for its machine to take it. */
  readonly offerSeconds: number;
  /** For how long an address that a machine found in use is left alone. */
  readonly declineSeconds: number;
}

/** `offered`: held until the machine takes it; `bound`: the machine has it; `released`: it gave it back. */
export type LeaseState = "offered" | "bound" | "released";

interface Lease {
  readonly mac: Mac;
  readonly address: Ipv4;
  state: LeaseState;
  /** When an offer may be given to another machine, on the clock's scale. */
  offerEnds: number;
}

/**
 * Who holds which address, in memory: one address for each MAC, kept as long as the daemon runs, even when it was
 * released. Only offers that nobody took, and addresses that were declined, go back to the pool.
 *
 * Every operation takes constant time, however large the pool.
 */
export class LeaseTable {
  readonly #plan: AddressPlan;
  readonly #clock: Clock;
  readonly #byMac = new Map<Mac, Lease>();
  readonly #byAddress = new Map<Ipv4, Lease>();
  /** Offers, oldest first. */
  readonly #offers = new Map<Mac, Lease>();
  /** When each declined address may be given again; oldest first. */
  readonly #declined = new Map<Ipv4, number>();
  readonly #reserved: ReadonlySet<Ipv4>;
  /** Addresses below the cursor that came back. */
  readonly #returned = new Set<Ipv4>();
  #cursor = 0;

  constructor(plan: AddressPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
    this.#reserved = new Set(plan.reservations.values());
  }

  /** The address that a machine has, was offered or is reserved. */
  addressOf(mac: Mac): Ipv4 | undefined {
    return this.#byMac.get(mac)?.address ?? this.#plan.reservations.get(mac);
  }

  /** The machine that took an address, and has not given it back. */
  holderOf(address: Ipv4): Mac | undefined {
    const lease = this.#byAddress.get(address);
    return lease?.state === "bound" ? lease.mac : undefined;
  }

  /** Whether `mac` may have just this address: it is its own, or free in the pool. */
  mayHave(mac: Mac, address: Ipv4): boolean {
    const own = this.addressOf(mac);
    if (own !== undefined) return own === address;
    return this.#isFree(address);
  }

  /** Whether the address is in the pool, or reserved for a machine. */
  isOurs(address: Ipv4): boolean {
    return this.#inPool(address) || this.#reserved.has(address);
  }

  /**
   * Chooses an address for a machine and holds it: the one it has or had, the one it asks for, or the next of the pool.
   *
   * @returns undefined when the pool is exhausted
   */
  offer(mac: Mac, requested: Ipv4 | undefined): Ipv4 | undefined {
    const own = this.addressOf(mac);
    const address = own ?? (requested !== undefined && this.#isFree(requested) ? requested : this.#takeFree());
    if (address === undefined) return undefined;
    const lease = this.#byMac.get(mac) ?? this.#add(mac, address);
    // What is reserved goes to nobody else, so that its offer needs no end.
    if (lease.state === "offered" && !this.#reserved.has(address)) {
      lease.offerEnds = this.#clock.now() + this.#plan.offerSeconds * 1000;
      // Taken out and put back, it is the youngest again.
      this.#offers.delete(mac);
      this.#offers.set(mac, lease);
    }
    return address;
  }

  /**
   * Gives a machine an address for good. Call {@link mayHave} first.
   *
   * @returns whether the machine already had it
   */
  bind(mac: Mac, address: Ipv4): boolean {
    const lease = this.#byMac.get(mac) ?? this.#add(mac, address);
    const renewed = lease.state === "bound";
    lease.state = "bound";
    this.#offers.delete(mac);
    return renewed;
  }

  /** The machine took another server's offer: what it was offered here is free again. */
  withdraw(mac: Mac): void {
    const lease = this.#byMac.get(mac);
    if (lease?.state === "offered") this.#remove(lease);
  }

  /** Marks an address as given back; it stays the machine's own. @returns whether it was the machine's */
  release(mac: Mac, address: Ipv4): boolean {
    const lease = this.#byMac.get(mac);
    if (lease?.address !== address || lease.state !== "bound") return false;
    lease.state = "released";
    return true;
  }

  /** Takes away an address that its machine found in use by another. @returns whether it was the machine's */
  decline(mac: Mac, address: Ipv4): boolean {
    const lease = this.#byMac.get(mac);
    if (lease?.address !== address) return false;
    this.#remove(lease);
    this.#returned.delete(address);
    // A reserved address is the operator's word: it never goes to another machine, now or later.
    if (this.#reserved.has(address)) return true;
    this.#declined.set(address, this.#clock.now() + this.#plan.declineSeconds * 1000);
    return true;
  }

  #inPool(address: Ipv4): boolean {
    const index = address - this.#plan.start;
    return index >= 0 && index < this.#plan.count && !this.#plan.excluded.has(address);
  }

  #isFree(address: Ipv4): boolean {
    return this.#inPool(address) && this.#isUnowned(address);
  }

  #isUnowned(address: Ipv4): boolean {
    const taken = this.#byAddress.has(address) || this.#reserved.has(address) || this.#plan.excluded.has(address);
    return !taken && !this.#declined.has(address);
  }

  /** Fresh addresses first, then those that came back, then offers nobody took, then what was declined long ago. */
  #takeFree(): Ipv4 | undefined {
    while (this.#cursor < this.#plan.count) {
      const address = toIpv4(this.#plan.start + this.#cursor++);
      if (this.#isUnowned(address)) return address;
    }
    for (const address of this.#returned) {
      this.#returned.delete(address);
      if (this.#isUnowned(address)) return address;
    }
    return this.#reclaimOffer() ?? this.#reclaimDeclined();
  }

  #reclaimOffer(): Ipv4 | undefined {
    const [oldest] = this.#offers.values();
    if (oldest === undefined || oldest.offerEnds > this.#clock.now()) return undefined;
    this.#remove(oldest);
    this.#returned.delete(oldest.address);
    return oldest.address;
  }

  #reclaimDeclined(): Ipv4 | undefined {
    const [oldest] = this.#declined;
    if (oldest === undefined || oldest[1] > this.#clock.now()) return undefined;
    this.#declined.delete(oldest[0]);
    return oldest[0];
  }

  #add(mac: Mac, address: Ipv4): Lease {
    const lease: Lease = { mac, address, state: "offered", offerEnds: 0 };
    this.#byMac.set(mac, lease);
    this.#byAddress.set(address, lease);
    return lease;
  }

  #remove(lease: Lease): void {
    this.#byMac.delete(lease.mac);
    this.#byAddress.delete(lease.address);
    this.#offers.delete(lease.mac);
    this.#returned.add(lease.address);
  }
}
