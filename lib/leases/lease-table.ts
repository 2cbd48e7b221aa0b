import type { Clock } from "../common/clock.js";
import type { Ipv4 } from "../net/ipv4.js";
import { haveSamePool, isInPool, type AddressPlan } from "./address-plan.js";
import type { LeaseView } from "./allocator.js";
import type { Obstacle, TableBinding } from "./binding.js";
import { DeclinedAddresses } from "./declined-addresses.js";
import { Decliners } from "./decliners.js";
import { FreshAddresses } from "./fresh-addresses.js";
import { Holdings, type Holding, type HoldingState } from "./holdings.js";
import type { LeaseKey } from "../machine/lease-key.js";
import type { Readers } from "./readers.js";
import { reservationChanges, Reservations, type ReservationChanges } from "./reservations.js";

/**
 * Seconds for which an address released by firmware is kept for its machine: UEFI releases its lease when it starts the
 * boot file, and shim and GRUB go on reading from that address.
 */
export const RELEASED_SECONDS = 600;

const NO_READERS: Pick<Readers, "has"> = { has: () => false };

/**
 * Seconds; a lease that ended longer ago is dated back by this only. The order of such leases does not matter, and the
 * expiry queue is scanned second by second.
 */
const LONGEST_PAST = 30 * 86_400;

/**
 * The bindings of addresses, in memory. A machine keeps its address as far as the pool allows, even after release or
 * expiry: such an address goes to another machine only when no fresh one is left, the longest expired first. Offers not
 * taken and declined addresses return to the pool.
 *
 * Every operation takes constant time, however large the pool.
 */
export class LeaseTable {
  #plan: AddressPlan;
  readonly #clock: Clock;
  readonly #readers: Pick<Readers, "has">;
  readonly #holdings: Holdings;
  readonly #declined = new DeclinedAddresses();
  readonly #decliners: Decliners;
  readonly #reservations: Reservations;
  readonly #fresh: FreshAddresses;

  /** @param readers the addresses at which machines read files now */
  constructor(plan: AddressPlan, clock: Clock, readers = NO_READERS) {
    this.#plan = plan;
    this.#clock = clock;
    this.#readers = readers;
    this.#decliners = new Decliners(clock, plan.declineSeconds);
    this.#fresh = new FreshAddresses(plan.ranges);
    this.#reservations = new Reservations(plan.reservations);
    // An address that is reserved, or no longer in the pool, goes to no other machine on expiry.
    this.#holdings = new Holdings((address) => this.#isForAll(address));
  }

  /**
   * Changes the reservations, in time proportional to the differences. Leases stay; a machine whose address is now
   * reserved for another, or no longer given, cannot renew it.
   */
  reserve(changes: ReservationChanges): void {
    for (const address of this.#reservations.change(changes)) {
      const holding = this.#holdings.at(address);
      if (holding !== undefined) this.#change(holding, holding.state, holding.ends);
      if (this.#reservations.isReserved(address)) this.#declined.delete(address);
      else if (this.#isFree(address)) this.#fresh.giveBack(address);
    }
  }

  get plan(): AddressPlan {
    return this.#plan;
  }

  /** Returns the address that is reserved for a machine, or that it has or was offered and may keep. */
  addressOf(key: LeaseKey): Ipv4 | undefined {
    const reserved = this.#reservedTo(key);
    const address = reserved ?? this.#holdings.of(key)?.address;
    if (address === undefined || reserved !== undefined) return address;
    return this.#isForAll(address) ? address : undefined;
  }

  /**
   * Whether a machine has an address that it may not keep because it is reserved for another machine or no longer
   * given, or its reserved address is in use by another machine.
   */
  hasLost(key: LeaseKey, address: Ipv4): boolean {
    if (this.#reservations.addressOf(key) === address) return this.#reservedTo(key) === undefined;
    const holding = this.#holdings.of(key);
    return holding?.address === address && holding.state === "bound" && this.addressOf(key) !== address;
  }

  /** Returns what is known of a machine and of the address that it asks for; 0.0.0.0 for none. */
  look(key: LeaseKey, asked: Ipv4): LeaseView {
    const own = this.addressOf(key);
    const holding = this.#holdings.of(key);
    return {
      own,
      held: holding?.address,
      state: holding?.state,
      reserved: this.isReserved(key),
      otherCard: this.otherHolder(key),
      mayHave: own === undefined ? this.#isFree(asked) : own === asked,
      isOurs: this.isOurs(asked),
      hasLost: this.hasLost(key, asked),
      mayDecline: this.mayDecline(key),
    };
  }

  /** Returns the machine that took an address and has not released it. */
  holderOf(address: Ipv4): LeaseKey | undefined {
    const holding = this.#holdings.at(address);
    return holding?.state === "bound" ? holding.key : undefined;
  }

  /**
   * Returns the machine believed to use an address: the last one to take it or be offered it, even if expired or
   * released shortly before (some firmware uses an address that it has not taken), else the one it is reserved for.
   */
  userOf(address: Ipv4): LeaseKey | undefined {
    const holding = this.#holdings.at(address);
    if (holding === undefined) return this.#reservations.keyOf(address);
    const inUse = holding.state !== "released" || this.#runs(holding) || this.#readers.has(address);
    return inUse ? holding.key : this.#reservations.keyOf(address);
  }

  /** Keeps an address for a machine that reads files at it, even if it was only offered or has been released. */
  keep(key: LeaseKey, address: Ipv4): void {
    const holding = this.#holdings.at(address);
    if (holding?.key === key) this.#extend(holding);
  }

  /** Whether a machine has taken an address and not released it; the lease may have expired. */
  isBound(key: LeaseKey): boolean {
    return this.boundAddressOf(key) !== undefined;
  }

  /** Returns the address that a machine has taken and not released, even if it may not keep it. */
  boundAddressOf(key: LeaseKey): Ipv4 | undefined {
    const holding = this.#holdings.of(key);
    return holding?.state === "bound" ? holding.address : undefined;
  }

  /** Whether a machine was offered an address of the pool and has not taken it. */
  isOffered(key: LeaseKey): boolean {
    return this.#holdings.of(key)?.state === "offered" && !this.isReserved(key);
  }

  /** Whether an address is reserved for a machine. */
  isReserved(key: LeaseKey): boolean {
    return this.#reservations.addressOf(key) !== undefined;
  }

  /**
   * Returns the lease by which another card of the machine, or another identifier of it, holds the address reserved for
   * both.
   */
  otherHolder(key: LeaseKey): Pick<Holding, "key" | "address"> | undefined {
    const address = this.#reservations.addressOf(key);
    const holding = address === undefined ? undefined : this.#holdings.at(address);
    const isOther = holding?.state === "bound" && holding.key !== key;
    return isOther && this.#reservations.addressOf(holding.key) === address ? holding : undefined;
  }

  /** Whether a machine may have this address: it is the machine's own, or free in the pool. */
  mayHave(key: LeaseKey, address: Ipv4): boolean {
    const own = this.addressOf(key);
    if (own !== undefined) return own === address;
    return this.#isFree(address);
  }

  /** Whether the address is in the pool, reserved, or held since an earlier configuration. */
  isOurs(address: Ipv4): boolean {
    return this.#inPool(address) || this.#reservations.isReserved(address) || this.#holdings.has(address);
  }

  /**
   * Chooses an address for a machine and holds it: the one it has or had, the one it asks for, or the next of the pool.
   *
   * @returns undefined when the pool is exhausted
   */
  offer(key: LeaseKey, requested: Ipv4 | undefined): Ipv4 | undefined {
    const own = this.addressOf(key);
    const known = this.#holdings.of(key);
    // Its former address is no longer its own, and a machine that asks for an address does not use one.
    if (known !== undefined && own === undefined) this.#remove(known);
    const address = own ?? (requested !== undefined && this.#isFree(requested) ? requested : this.#takeFree());
    if (address === undefined) return undefined;
    const former = this.#holdings.of(key);
    if (former?.address === address) this.#hold(former);
    else if (!this.#isInUse(address)) {
      this.#makeRoom(address);
      // A machine with another address keeps that until it takes this one.
      if (former === undefined) this.#hold({ key, address, state: "offered", ends: 0, halfway: 0 });
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
    const former = this.#holdings.of(key);
    const renewed = former?.address === address && former.state === "bound";
    const left = former !== undefined && former.address !== address ? former.address : undefined;
    if (former !== undefined && left !== undefined) this.#remove(former);
    const card = this.otherHolder(key);
    const from = card?.address === address ? card.key : undefined;
    const other = former?.address === address ? undefined : this.#makeRoom(address);
    const before = former?.address === address ? { ...former } : undefined;
    const now = this.#clock.now();
    const ends = now + seconds * 1000;
    const holding = this.#holdings.set({ key, address, state: "bound", ends, halfway: now + halfway * 1000 });
    const undo = (): void => {
      if (this.#holdings.of(key) !== holding || holding.ends !== ends) return;
      if (before !== undefined) this.#holdings.set(before);
      else {
        this.#remove(holding);
        if (other !== undefined) this.#adopt(other);
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
    const now = this.#clock.now();
    const ends = now + Math.max(seconds, -LONGEST_PAST) * 1000;
    if (state !== "declined") return this.#adopt({ key, address, state, ends, halfway: now + halfway * 1000 });
    if (!this.#inPool(address)) return this.#reservations.isReserved(address);
    if (!this.#reservations.isReserved(address) && seconds > 0) this.#declined.add(address, ends);
    return true;
  }

  /**
   * Returns the obstacle to a lease given elsewhere; undefined where {@link bind} or {@link restore} may adopt it. A
   * running lease takes precedence over an expired or released one here.
   */
  obstacleTo(key: LeaseKey, address: Ipv4, runs: boolean): Obstacle | undefined {
    if (!this.isOurs(address)) return { kind: "not-ours" };
    const reservedFor = this.#reservations.keyOf(address);
    const own = this.addressOf(key);
    if (reservedFor !== undefined && this.#reservations.addressOf(key) !== address) {
      return { kind: "reserved", key: reservedFor };
    }
    const inTheWay = (holding: Holding): boolean => !runs || (holding.state !== "released" && this.#runs(holding));
    const there = this.#holdings.at(address);
    if (there !== undefined && inTheWay(there)) {
      return there.key === key ? { kind: "known" } : { kind: "held", key: there.key };
    }
    if (this.#declined.has(address)) return { kind: "declined" };
    const former = this.#holdings.of(key);
    const stays = this.isReserved(key) || (former !== undefined && inTheWay(former));
    return own !== undefined && own !== address && stays ? { kind: "elsewhere", address: own } : undefined;
  }

  /**
   * Adopts the plan of another table with the same pool, and keeps all entries. The time depends on the number of
   * reservations, not of leases.
   *
   * @returns whether the pools are the same; otherwise nothing changes
   */
  follow(next: LeaseTable): boolean {
    const plan = next.#plan;
    if (!haveSamePool(this.#plan, plan)) return false;
    this.#plan = plan;
    this.reserve(reservationChanges(this.#reservations.byKey, next.#reservations.byKey));
    this.#declined.shorten(this.#clock.now() + plan.declineSeconds * 1000);
    return true;
  }

  /**
   * Takes over the entries of another table, which must not be used afterwards. A machine keeps an address that it may
   * have here; an address that it may not have is withheld from others while its lease runs.
   *
   * @param isHere whether an address is in this table's network
   */
  takeOver(other: LeaseTable, isHere: (address: Ipv4) => boolean): void {
    for (const holding of other.#holdings.all()) if (isHere(holding.address)) this.#adopt(holding);
    const latest = this.#clock.now() + this.#plan.declineSeconds * 1000;
    for (const [address, ends] of other.#declined) {
      if (this.#isFree(address)) this.#declined.add(address, Math.min(ends, latest));
    }
  }

  /** Adds the holding of another table or run. @returns whether the machine may keep the address */
  #adopt(holding: Holding): boolean {
    const { key, address, state, ends } = holding;
    const reservation = this.#reservations.addressOf(key);
    // Another card may hold the shared reserved address: the machine may then have one of the pool.
    const mayBeAny = reservation === undefined || this.#reservations.isShared(reservation);
    const kept = reservation === address || (mayBeAny && this.#isForAll(address));
    // Forget an entry that is not in use and that its machine may not have again.
    if (!kept && (state !== "bound" || ends <= this.#clock.now())) return false;
    // Of two leases of a machine the later one counts.
    const other = this.#holdings.of(key);
    if (this.#holdings.has(address) || (other !== undefined && other.ends >= ends)) return false;
    if (other !== undefined) this.#remove(other);
    this.#holdings.set(holding);
    return kept;
  }

  /** Withdraws an offer. @returns whether the machine was offered this address and has not taken it */
  withdraw(key: LeaseKey, address: Ipv4): boolean {
    const holding = this.#holdings.of(key);
    if (holding?.address !== address || holding.state !== "offered") return false;
    this.#remove(holding);
    return true;
  }

  /**
   * Marks an address as released; it remains its machine's own as far as the pool allows.
   *
   * @param seconds how long no other machine gets it
   * @returns whether the machine had it
   */
  release(key: LeaseKey, address: Ipv4, seconds = 0): boolean {
    const holding = this.#holdings.of(key);
    if (holding?.address !== address || holding.state !== "bound") return false;
    this.#change(holding, "released", this.#clock.now() + seconds * 1000);
    if (this.#readers.has(address)) this.keep(key, address);
    return true;
  }

  /** Whether one more decline of a machine is accepted. */
  mayDecline(key: LeaseKey): boolean {
    return this.#decliners.mayDecline(key);
  }

  /** Takes away an address that its machine found in use by another. @returns whether the machine had it */
  decline(key: LeaseKey, address: Ipv4): boolean {
    const holding = this.#holdings.of(key);
    if (holding?.address !== address) return false;
    this.#holdings.delete(holding);
    this.#decliners.note(key);
    // A reserved address never goes to another machine.
    if (this.#reservations.isReserved(address)) return true;
    this.#declined.add(address, this.#clock.now() + this.#plan.declineSeconds * 1000);
    return true;
  }

  /**
   * Returns the reserved address of a machine, unless an earlier holder or another card of the machine still uses it.
   */
  #reservedTo(key: LeaseKey): Ipv4 | undefined {
    const address = this.#reservations.addressOf(key);
    const holding = address === undefined ? undefined : this.#holdings.at(address);
    if (holding?.state !== "bound" || holding.key === key) return address;
    // Another card that is still present has renewed by the time half of its lease is over.
    const isCard = this.#reservations.addressOf(holding.key) === address;
    return (isCard ? holding.halfway : holding.ends) > this.#clock.now() ? undefined : address;
  }

  /** Whether an address has a running lease. */
  #isInUse(address: Ipv4): boolean {
    const holding = this.#holdings.at(address);
    return holding?.state === "bound" && this.#runs(holding);
  }

  #inPool(address: Ipv4): boolean {
    return isInPool(this.#plan, address);
  }

  /** Whether an address is in the pool and reserved for no machine. */
  #isForAll(address: Ipv4): boolean {
    return this.#inPool(address) && !this.#reservations.isReserved(address);
  }

  #isFree(address: Ipv4): boolean {
    return !this.#holdings.has(address) && !this.#declined.has(address) && this.#isForAll(address);
  }

  /**
   * Takes an address: a fresh or returned one, an offer not taken, an expired decline, and last an expired lease, whose
   * machine might still come back.
   */
  #takeFree(): Ipv4 | undefined {
    const now = this.#clock.now();
    return (
      this.#fresh.take((address) => this.#isFree(address)) ??
      this.#reclaim(() => this.#holdings.oldestOffer(now)) ??
      this.#declined.takeDue(now) ??
      this.#reclaim(() => this.#holdings.oldestLease(now))
    );
  }

  /**
   * Takes the address that expired first and at which no machine reads. One that is being read at is extended, so that
   * it is not met again in this search.
   */
  #reclaim(oldest: () => Holding | undefined): Ipv4 | undefined {
    for (let holding = oldest(); holding !== undefined; holding = oldest()) {
      if (this.#readers.has(holding.address)) this.#extend(holding);
      else {
        this.#holdings.delete(holding);
        return holding.address;
      }
    }
    return undefined;
  }

  /** Extends an offer or an expired or released lease; a running lease needs no extension. */
  #extend(holding: Holding): void {
    const seconds = holding.state === "released" ? RELEASED_SECONDS : this.#plan.offerSeconds;
    const ends = this.#clock.now() + seconds * 1000;
    if (holding.ends >= ends || (holding.state === "bound" && this.#runs(holding))) return;
    this.#change(holding, holding.state, ends);
  }

  #runs({ ends }: Holding): boolean {
    return ends > this.#clock.now();
  }

  /** Keeps an address for its machine while that considers the offer. */
  #hold(holding: Holding): void {
    const ends = this.#clock.now() + this.#plan.offerSeconds * 1000;
    this.#change(holding, holding.state, holding.state === "offered" ? ends : Math.max(holding.ends, ends));
  }

  #change({ key, address, halfway }: Holding, state: HoldingState, ends: number): void {
    this.#holdings.set({ key, address, state, ends, halfway });
  }

  /** Removes the holder of an address that is now reserved for another machine. @returns the removed holding */
  #makeRoom(address: Ipv4): Holding | undefined {
    const other = this.#holdings.at(address);
    if (other !== undefined) this.#remove(other);
    return other;
  }

  #remove(holding: Holding): void {
    this.#holdings.delete(holding);
    this.#fresh.giveBack(holding.address);
  }
}
