import type { Clock } from "../common/clock.js";
import type { Ipv4 } from "../net/ipv4.js";
import { haveSamePool, isInPool, type AddressPlan } from "./address-plan.js";
import type { Binding, Obstacle } from "./binding.js";
import { DeclinedAddresses } from "./declined-addresses.js";
import { Decliners } from "./decliners.js";
import { FreshAddresses } from "./fresh-addresses.js";
import { Holdings, type Holding, type HoldingState } from "./holdings.js";
import type { LeaseKey } from "../machine/lease-key.js";
import type { Readers } from "./readers.js";
import { Reservations } from "./reservations.js";

/**
 * For how long, in seconds, an address that firmware gave back stays its machine's: UEFI releases its lease when it
 * starts the boot file, and shim and GRUB go on reading from that address.
 */
export const RELEASED_SECONDS = 600;

const NO_READERS: Pick<Readers, "has"> = { has: () => false };

/** Seconds; which of those that ran out before is the oldest matters to nobody, and a queue is looked through by seconds. */
const LONGEST_PAST = 30 * 86_400;

/**
 * Who holds which address, in memory. A machine keeps its address as far as the pool allows, also when it gave it back
 * or its lease ran out: such an address goes to another machine only when no fresh one is left, the one that ran out
 * longest ago first. Offers that nobody took and addresses that were declined come back to the pool.
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

  /** @param readers at which addresses machines read files now */
  constructor(plan: AddressPlan, clock: Clock, readers = NO_READERS) {
    this.#plan = plan;
    this.#clock = clock;
    this.#readers = readers;
    this.#decliners = new Decliners(clock, plan.declineSeconds);
    this.#fresh = new FreshAddresses(plan.ranges);
    this.#reservations = new Reservations(plan.reservations);
    // What is reserved, or not in the pool any more, goes to nobody else when its time is over.
    this.#holdings = new Holdings((address) => this.#isForAll(address));
  }

  /**
   * Other reservations than before. Leases stay as they are; whoever has an address that is now another's, or nobody's,
   * may not have it again.
   */
  reserve(reservations: ReadonlyMap<LeaseKey, Ipv4>): void {
    for (const address of this.#reservations.replace(reservations)) {
      const holding = this.#holdings.at(address);
      if (holding !== undefined) this.#change(holding, holding.state, holding.ends);
      if (this.#reservations.isReserved(address)) this.#declined.delete(address);
      else if (this.#isFree(address)) this.#fresh.giveBack(address);
    }
  }

  /** The address that a machine is reserved, or has or was offered and may keep. */
  addressOf(key: LeaseKey): Ipv4 | undefined {
    const reserved = this.#reservedTo(key);
    const address = reserved ?? this.#holdings.of(key)?.address;
    if (address === undefined || reserved !== undefined) return address;
    return this.#isForAll(address) ? address : undefined;
  }

  /**
   * Whether a machine has an address that it may not keep, since it is given to others now, or to nobody; or is reserved
   * one that another uses.
   */
  hasLost(key: LeaseKey, address: Ipv4): boolean {
    if (this.#reservations.addressOf(key) === address) return this.#reservedTo(key) === undefined;
    const holding = this.#holdings.of(key);
    return holding?.address === address && holding.state === "bound" && this.addressOf(key) !== address;
  }

  /** The machine that took an address, and has not given it back. */
  holderOf(address: Ipv4): LeaseKey | undefined {
    const holding = this.#holdings.at(address);
    return holding?.state === "bound" ? holding.key : undefined;
  }

  /**
   * The machine that uses an address as far as is known: it took it or was offered it, and nobody else was since, though
   * its time may be over, or it gave it back a short while ago. (Some firmware uses an address that it has not taken.)
   * Else the one that it is reserved for.
   */
  userOf(address: Ipv4): LeaseKey | undefined {
    const holding = this.#holdings.at(address);
    if (holding === undefined) return this.#reservations.keyOf(address);
    const inUse = holding.state !== "released" || this.#runs(holding) || this.#readers.has(address);
    return inUse ? holding.key : this.#reservations.keyOf(address);
  }

  /** A machine reads at its address: nobody else gets it for a while, though it was only offered, or given back. */
  keep(key: LeaseKey, address: Ipv4): void {
    const holding = this.#holdings.at(address);
    if (holding?.key === key) this.#extend(holding);
  }

  /** Whether a machine has taken an address here, and not given it back; its lease may have run out. */
  isBound(key: LeaseKey): boolean {
    return this.boundAddressOf(key) !== undefined;
  }

  /** The address that a machine has taken and not given back, also where it may not keep that. */
  boundAddressOf(key: LeaseKey): Ipv4 | undefined {
    const holding = this.#holdings.of(key);
    return holding?.state === "bound" ? holding.address : undefined;
  }

  /** Whether a machine was offered an address of the pool, and has not taken one. */
  isOffered(key: LeaseKey): boolean {
    return this.#holdings.of(key)?.state === "offered" && !this.isReserved(key);
  }

  /** Whether an address is reserved for a machine. */
  isReserved(key: LeaseKey): boolean {
    return this.#reservations.addressOf(key) !== undefined;
  }

  /** The lease that another card of a machine, or the machine by another name, has of the address that is reserved for both. */
  otherHolder(key: LeaseKey): Pick<Holding, "key" | "address"> | undefined {
    const address = this.#reservations.addressOf(key);
    const holding = address === undefined ? undefined : this.#holdings.at(address);
    const isOther = holding?.state === "bound" && holding.key !== key;
    return isOther && this.#reservations.addressOf(holding.key) === address ? holding : undefined;
  }

  /** Whether a machine may have just this address: it is its own, or free in the pool. */
  mayHave(key: LeaseKey, address: Ipv4): boolean {
    const own = this.addressOf(key);
    if (own !== undefined) return own === address;
    return this.#isFree(address);
  }

  /** Whether the address is in the pool, or reserved for a machine, or was until it was given away. */
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
    // What it had is another's by now, and who asks for an address does not use one.
    if (known !== undefined && own === undefined) this.#remove(known);
    const address = own ?? (requested !== undefined && this.#isFree(requested) ? requested : this.#takeFree());
    if (address === undefined) return undefined;
    const former = this.#holdings.of(key);
    if (former?.address === address) this.#hold(former);
    else if (!this.#isInUse(address)) {
      this.#makeRoom(address);
      // One that has another address keeps it until it takes this one.
      if (former === undefined) this.#hold({ key, address, state: "offered", ends: 0, halfway: 0 });
    }
    return address;
  }

  /**
   * Gives a machine an address. Call {@link mayHave} first.
   *
   * @param seconds for how long; Infinity for ever
   * @param halfway in how many seconds half of its time is over
   */
  bind(key: LeaseKey, address: Ipv4, seconds = Infinity, halfway = seconds / 2): Binding {
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
   * Takes up what was known before this program started.
   *
   * @param seconds for how long it still is; less than nothing where its time is over
   * @param halfway in how many seconds half of its time is over
   * @returns whether it is still an address for this machine; what was taken out of the pool is not
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
   * What speaks against a lease that was given elsewhere; undefined where {@link bind} or {@link restore} may take it up.
   * One that runs goes before what ran out or was given back here.
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
   * Goes by another plan of the same pool, with all that is known, however much that is.
   *
   * @returns whether it does; with another pool nothing is changed
   */
  follow(next: LeaseTable): boolean {
    const plan = next.#plan;
    if (!haveSamePool(this.#plan, plan)) return false;
    this.#plan = plan;
    this.reserve(next.#reservations.byKey);
    this.#declined.shorten(this.#clock.now() + plan.declineSeconds * 1000);
    return true;
  }

  /**
   * Takes up what another table knows, which then is of no use any more. A machine keeps the address that it may keep
   * here; one that it may not keep is nobody else's as long as it uses it.
   *
   * @param isHere whether an address is one of this table's network
   */
  takeOver(other: LeaseTable, isHere: (address: Ipv4) => boolean): void {
    for (const holding of other.#holdings.all()) if (isHere(holding.address)) this.#adopt(holding);
    const latest = this.#clock.now() + this.#plan.declineSeconds * 1000;
    for (const [address, ends] of other.#declined) {
      if (this.#isFree(address)) this.#declined.add(address, Math.min(ends, latest));
    }
  }

  /** @returns whether the machine may keep the address */
  #adopt(holding: Holding): boolean {
    const { key, address, state, ends } = holding;
    const reservation = this.#reservations.addressOf(key);
    // Where another card has what is reserved for both, a machine may have one of the pool.
    const mayBeAny = reservation === undefined || this.#reservations.isShared(reservation);
    const kept = reservation === address || (mayBeAny && this.#isForAll(address));
    // What nobody uses, and its machine may not have again, need not be known.
    if (!kept && (state !== "bound" || ends <= this.#clock.now())) return false;
    // Of two leases of a machine the later one is the one that it has.
    const other = this.#holdings.of(key);
    if (this.#holdings.has(address) || (other !== undefined && other.ends >= ends)) return false;
    if (other !== undefined) this.#remove(other);
    this.#holdings.set(holding);
    return kept;
  }

  /** The machine took another server's offer: what it was offered here is free again. */
  withdraw(key: LeaseKey): void {
    const holding = this.#holdings.of(key);
    if (holding?.state === "offered") this.#remove(holding);
  }

  /**
   * Marks an address as given back; it stays the machine's own.
   *
   * @param seconds for how long nobody else gets it
   * @returns whether it was the machine's
   */
  release(key: LeaseKey, address: Ipv4, seconds = 0): boolean {
    const holding = this.#holdings.of(key);
    if (holding?.address !== address || holding.state !== "bound") return false;
    this.#change(holding, "released", this.#clock.now() + seconds * 1000);
    if (this.#readers.has(address)) this.keep(key, address);
    return true;
  }

  /** Whether this machine is believed that another uses its address. */
  mayDecline(key: LeaseKey): boolean {
    return this.#decliners.mayDecline(key);
  }

  /** Takes away an address that its machine found in use by another. @returns whether it was the machine's */
  decline(key: LeaseKey, address: Ipv4): boolean {
    const holding = this.#holdings.of(key);
    if (holding?.address !== address) return false;
    this.#holdings.delete(holding);
    this.#decliners.note(key);
    // A reserved address is the operator's word: it never goes to another machine, now or later.
    if (this.#reservations.isReserved(address)) return true;
    this.#declined.add(address, this.#clock.now() + this.#plan.declineSeconds * 1000);
    return true;
  }

  /** What is reserved for a machine, unless another one still uses it, which had it before, or another card of it. */
  #reservedTo(key: LeaseKey): Ipv4 | undefined {
    const address = this.#reservations.addressOf(key);
    const holding = address === undefined ? undefined : this.#holdings.at(address);
    if (holding?.state !== "bound" || holding.key === key) return address;
    // Of two cards of one machine the one that is still there has renewed its lease when half of it is over.
    const isCard = this.#reservations.addressOf(holding.key) === address;
    return (isCard ? holding.halfway : holding.ends) > this.#clock.now() ? undefined : address;
  }

  /** Whether a machine has a lease of an address that runs. */
  #isInUse(address: Ipv4): boolean {
    const holding = this.#holdings.at(address);
    return holding?.state === "bound" && this.#runs(holding);
  }

  #inPool(address: Ipv4): boolean {
    return isInPool(this.#plan, address);
  }

  /** Whether an address may be any machine's: it is of the pool, and reserved for none. */
  #isForAll(address: Ipv4): boolean {
    return this.#inPool(address) && !this.#reservations.isReserved(address);
  }

  #isFree(address: Ipv4): boolean {
    return !this.#holdings.has(address) && !this.#declined.has(address) && this.#isForAll(address);
  }

  /**
   * Fresh addresses first, then those that came back, offers nobody took, what was declined long ago, and last what its
   * machine may yet come back for.
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
   * Takes an address from the machine whose time has been over for longest, and does not read at it. One that does has
   * more time from now on, so that each is met once.
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

  /** A lease that runs needs no more time. */
  #extend(holding: Holding): void {
    const seconds = holding.state === "released" ? RELEASED_SECONDS : this.#plan.offerSeconds;
    const ends = this.#clock.now() + seconds * 1000;
    if (holding.ends >= ends || (holding.state === "bound" && this.#runs(holding))) return;
    this.#change(holding, holding.state, ends);
  }

  #runs({ ends }: Holding): boolean {
    return ends > this.#clock.now();
  }

  /** Makes sure that nobody else takes an address while its machine thinks about the offer. */
  #hold(holding: Holding): void {
    const ends = this.#clock.now() + this.#plan.offerSeconds * 1000;
    this.#change(holding, holding.state, holding.state === "offered" ? ends : Math.max(holding.ends, ends));
  }

  #change({ key, address, halfway }: Holding, state: HoldingState, ends: number): void {
    this.#holdings.set({ key, address, state, ends, halfway });
  }

  /** Whoever had what is now reserved for another has it no longer. @returns what that machine had */
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
