import type { Clock } from "../common/clock.js";
import type { LeaseKey } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { AddressPlan } from "./address-plan.js";
import { AddressPool } from "./address-pool.js";
import { adoptAll, adoptHolding, obstacleTo, restoreEntry } from "./adoption.js";
import type { Obstacle, TableBinding } from "./binding.js";
import { Decliners } from "./decliners.js";
import { LeaseLookup } from "./lease-lookup.js";
import type { Readers } from "./readers.js";
import type { ReservationChanges } from "./reservations.js";

const NO_READERS: Pick<Readers, "has"> = { has: () => false };

/**
 * The bindings of addresses, in memory. A machine keeps its address as far as the pool allows, even after release or
 * expiry: such an address goes to another machine only when no fresh one is left, the longest expired first. Offers not
 * taken and declined addresses return to the pool.
 *
 * Every operation takes constant time, however large the pool.
 */
export class LeaseTable extends LeaseLookup {
  /** @param readers the addresses at which machines read files now */
  constructor(plan: AddressPlan, clock: Clock, readers = NO_READERS) {
    super(new AddressPool(plan, clock, readers), new Decliners(clock, plan.declineSeconds));
  }

  /**
   * Changes the reservations, in time proportional to the differences. Leases stay; a machine whose address is now
   * reserved for another, or no longer given, cannot renew it.
   */
  reserve(changes: ReservationChanges): void {
    this.pool.reserve(changes);
  }

  get plan(): AddressPlan {
    return this.pool.plan;
  }

  /** Keeps an address for a machine that reads files at it, even if it was only offered or has been released. */
  keep(key: LeaseKey, address: Ipv4): void {
    const holding = this.pool.holdings.at(address);
    if (holding?.key === key) this.pool.extend(holding);
  }

  /**
   * Chooses an address for a machine and holds it: the one it has or had, the one it asks for, or the next of the pool.
   *
   * @returns undefined when the pool is exhausted
   */
  offer(key: LeaseKey, requested: Ipv4 | undefined): Ipv4 | undefined {
    const own = this.addressOf(key);
    const known = this.pool.holdings.of(key);
    // Its former address is no longer its own, and a machine that asks for an address does not use one.
    if (known !== undefined && own === undefined) this.pool.remove(known);
    const address = own ?? (requested !== undefined && this.pool.isFree(requested) ? requested : this.pool.takeFree());
    if (address === undefined) return undefined;
    const former = this.pool.holdings.of(key);
    if (former?.address === address) this.pool.hold(key, address);
    else if (!this.#isInUse(address)) {
      this.pool.makeRoom(address);
      // A machine with another address keeps that until it takes this one.
      if (former === undefined) this.pool.hold(key, address);
    }
    return address;
  }

  /**
   * Binds an address to a machine. Call {@link mayHave} first.
   *
   * @param seconds the lease time; Infinity for ever
   * @param halfway seconds until half of the lease is over
   */
  bind(key: LeaseKey, address: Ipv4, seconds = Infinity, halfway = seconds / 2): TableBinding {
    const former = this.pool.holdings.of(key);
    const renewed = former?.address === address && former.state === "bound";
    const left = former !== undefined && former.address !== address ? former.address : undefined;
    if (former !== undefined && left !== undefined) this.pool.remove(former);
    const card = this.otherHolder(key);
    const from = card?.address === address ? card.key : undefined;
    const other = former?.address === address ? undefined : this.pool.makeRoom(address);
    const before = former?.address === address ? { ...former } : undefined;
    const now = this.pool.now;
    const ends = now + seconds * 1000;
    const holding = this.pool.holdings.set({ key, address, state: "bound", ends, halfway: now + halfway * 1000 });
    const undo = (): void => {
      if (this.pool.holdings.of(key) !== holding || holding.ends !== ends) return;
      if (before !== undefined) this.pool.holdings.set(before);
      else {
        this.pool.remove(holding);
        if (other !== undefined) adoptHolding(this.pool, other);
      }
    };
    return { renewed, left, from, undo };
  }

  /**
   * Restores an entry of an earlier run.
   *
   * @param seconds the time left; negative where it is over
   * @param halfway seconds until half of the lease is over
   * @returns whether the machine may still have the address; false for one removed from the pool
   */
  restore(
    key: LeaseKey,
    address: Ipv4,
    state: "bound" | "released" | "declined",
    seconds: number,
    halfway = seconds / 2,
  ): boolean {
    return restoreEntry(this.pool, { key, address, state, seconds, halfway });
  }

  /**
   * Returns the obstacle to a lease given elsewhere; undefined where {@link bind} or {@link restore} may adopt it. A
   * running lease takes precedence over an expired or released one here.
   */
  obstacleTo(key: LeaseKey, address: Ipv4, runs: boolean): Obstacle | undefined {
    return obstacleTo(this.pool, key, this.addressOf(key), address, runs);
  }

  /**
   * Adopts the plan of another table with the same pool, and keeps all entries. The time depends on the number of
   * reservations, not of leases.
   *
   * @returns whether the pools are the same; otherwise nothing changes
   */
  follow(next: LeaseTable): boolean {
    return this.pool.follow(next.pool);
  }

  /**
   * Takes over the entries of another table, which must not be used afterwards. A machine keeps an address that it may
   * have here; an address that it may not have is withheld from others while its lease runs.
   *
   * @param isHere whether an address is in this table's network
   */
  takeOver(other: LeaseTable, isHere: (address: Ipv4) => boolean): void {
    adoptAll(this.pool, other.pool, isHere);
  }

  /** Withdraws an offer. @returns whether the machine was offered this address and has not taken it */
  withdraw(key: LeaseKey, address: Ipv4): boolean {
    const holding = this.pool.holdings.of(key);
    if (holding?.address !== address || holding.state !== "offered") return false;
    this.pool.remove(holding);
    return true;
  }

  /**
   * Marks an address as released; it remains its machine's own as far as the pool allows.
   *
   * @param seconds how long no other machine gets it
   * @returns whether the machine had it
   */
  release(key: LeaseKey, address: Ipv4, seconds = 0): boolean {
    const holding = this.pool.holdings.of(key);
    if (holding?.address !== address || holding.state !== "bound") return false;
    this.pool.change(holding, "released", this.pool.now + seconds * 1000);
    if (this.pool.isRead(address)) this.keep(key, address);
    return true;
  }

  /** Takes away an address that its machine found in use by another. @returns whether the machine had it */
  decline(key: LeaseKey, address: Ipv4): boolean {
    const holding = this.pool.holdings.of(key);
    if (holding?.address !== address) return false;
    this.pool.holdings.delete(holding);
    this.decliners.note(key);
    // A reserved address never goes to another machine.
    if (this.pool.reservations.isReserved(address)) return true;
    this.pool.declined.add(address, this.pool.declinedUntil);
    return true;
  }

  /** Whether an address has a running lease. */
  #isInUse(address: Ipv4): boolean {
    const holding = this.pool.holdings.at(address);
    return holding?.state === "bound" && this.pool.runs(holding);
  }
}
