import type { Clock } from "../common/clock.js";
import type { LeaseKey } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import { haveSamePool, isInPool, type AddressPlan } from "./address-plan.js";
import { DeclinedAddresses } from "./declined-addresses.js";
import { FreshAddresses } from "./fresh-addresses.js";
import { Holdings, type Holding, type HoldingState } from "./holdings.js";
import type { Readers } from "./readers.js";
import { reservationChanges, Reservations, type ReservationChanges } from "./reservations.js";

/**
 * Seconds for which an address released by firmware is kept for its machine: UEFI releases its lease when it starts the
 * boot file, and shim and GRUB go on reading from that address.
 */
export const RELEASED_SECONDS = 600;

/**
 * The addresses of a network: which are given, which are reserved for a machine, which a machine holds or declined, and
 * which one goes to a machine that has none. Every operation takes constant time, however large the pool.
 */
export class AddressPool {
  #plan: AddressPlan;
  readonly #clock: Clock;
  readonly #readers: Pick<Readers, "has">;
  readonly #fresh: FreshAddresses;
  readonly holdings: Holdings;
  readonly declined = new DeclinedAddresses();
  readonly reservations: Reservations;

  /** @param readers the addresses at which machines read files now */
  constructor(plan: AddressPlan, clock: Clock, readers: Pick<Readers, "has">) {
    this.#plan = plan;
    this.#clock = clock;
    this.#readers = readers;
    this.#fresh = new FreshAddresses(plan.ranges);
    this.reservations = new Reservations(plan.reservations);
    // An address that is reserved, or no longer in the pool, goes to no other machine on expiry.
    this.holdings = new Holdings((address) => this.isForAll(address));
  }

  get plan(): AddressPlan {
    return this.#plan;
  }

  /** The time on the clock's scale, in milliseconds. */
  get now(): number {
    return this.#clock.now();
  }

  /** The time until which what is declined now is not offered. */
  get declinedUntil(): number {
    return this.now + this.#plan.declineSeconds * 1000;
  }

  /** Whether a machine reads files at an address. */
  isRead(address: Ipv4): boolean {
    return this.#readers.has(address);
  }

  has(address: Ipv4): boolean {
    return isInPool(this.#plan, address);
  }

  /** Whether an address is in the pool and reserved for no machine. */
  isForAll(address: Ipv4): boolean {
    return this.has(address) && !this.reservations.isReserved(address);
  }

  isFree(address: Ipv4): boolean {
    return !this.holdings.has(address) && !this.declined.has(address) && this.isForAll(address);
  }

  /** Whether the address is in the pool, reserved, or held since an earlier configuration. */
  isOurs(address: Ipv4): boolean {
    return this.has(address) || this.reservations.isReserved(address) || this.holdings.has(address);
  }

  /** Whether the time of a holding is not over. */
  runs({ ends }: Holding): boolean {
    return ends > this.now;
  }

  /** Changes the reservations, in time proportional to the differences. */
  reserve(changes: ReservationChanges): void {
    for (const address of this.reservations.change(changes)) {
      const holding = this.holdings.at(address);
      if (holding !== undefined) this.change(holding, holding.state, holding.ends);
      if (this.reservations.isReserved(address)) this.declined.delete(address);
      else if (this.isFree(address)) this.#fresh.giveBack(address);
    }
  }

  /** Goes by the plan of another pool of the same addresses. @returns whether they are the same; if not, nothing changes */
  follow({ plan, reservations }: AddressPool): boolean {
    if (!haveSamePool(this.#plan, plan)) return false;
    this.#plan = plan;
    this.reserve(reservationChanges(this.reservations.byKey, reservations.byKey));
    this.declined.shorten(this.declinedUntil);
    return true;
  }

  /**
   * Takes an address: a fresh or returned one, an offer not taken, an expired decline, and last an expired lease, whose
   * machine might still come back.
   */
  takeFree(): Ipv4 | undefined {
    const { now } = this;
    return (
      this.#fresh.take((address) => this.isFree(address)) ??
      this.#reclaim(() => this.holdings.oldestOffer(now)) ??
      this.declined.takeDue(now) ??
      this.#reclaim(() => this.holdings.oldestLease(now))
    );
  }

  /** Keeps an address for its machine while that considers the offer. */
  hold(key: LeaseKey, address: Ipv4): void {
    const ends = this.now + this.#plan.offerSeconds * 1000;
    const former = this.holdings.of(key);
    if (former === undefined) this.holdings.set({ key, address, state: "offered", ends, halfway: 0 });
    else this.change(former, former.state, former.state === "offered" ? ends : Math.max(former.ends, ends));
  }

  /** Extends an offer or an expired or released lease; a running lease needs no extension. */
  extend(holding: Holding): void {
    const seconds = holding.state === "released" ? RELEASED_SECONDS : this.#plan.offerSeconds;
    const ends = this.now + seconds * 1000;
    if (holding.ends >= ends || (holding.state === "bound" && this.runs(holding))) return;
    this.change(holding, holding.state, ends);
  }

  change({ key, address, halfway }: Holding, state: HoldingState, ends: number): void {
    this.holdings.set({ key, address, state, ends, halfway });
  }

  /** Removes the holder of an address that is now reserved for another machine. @returns the removed holding */
  makeRoom(address: Ipv4): Holding | undefined {
    const other = this.holdings.at(address);
    if (other !== undefined) this.remove(other);
    return other;
  }

  remove(holding: Holding): void {
    this.holdings.delete(holding);
    this.#fresh.giveBack(holding.address);
  }

  /**
   * Takes the address that expired first and at which no machine reads. One that is being read at is extended, so that
   * it is not met again in this search.
   */
  #reclaim(oldest: () => Holding | undefined): Ipv4 | undefined {
    for (let holding = oldest(); holding !== undefined; holding = oldest()) {
      if (this.isRead(holding.address)) this.extend(holding);
      else {
        this.holdings.delete(holding);
        return holding.address;
      }
    }
    return undefined;
  }
}
