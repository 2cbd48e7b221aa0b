import type { LeaseKey } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { AddressPool } from "./address-pool.js";
import type { LeaseView } from "./allocator.js";
import type { Decliners } from "./decliners.js";
import type { Holding } from "./holdings.js";

/** Look-ups of the machines and addresses of a pool. Changes nothing; every answer takes constant time. */
export class LeaseLookup {
  protected readonly pool: AddressPool;
  protected readonly decliners: Decliners;

  constructor(pool: AddressPool, decliners: Decliners) {
    this.pool = pool;
    this.decliners = decliners;
  }

  /** Returns the address that is reserved for a machine, or that it has or was offered and may keep. */
  addressOf(key: LeaseKey): Ipv4 | undefined {
    const reserved = this.#reservedTo(key);
    const address = reserved ?? this.pool.holdings.of(key)?.address;
    if (address === undefined || reserved !== undefined) return address;
    return this.pool.isForAll(address) ? address : undefined;
  }

  /**
   * Whether a machine has an address that it may not keep because it is reserved for another machine or no longer
   * given, or its reserved address is in use by another machine.
   */
  hasLost(key: LeaseKey, address: Ipv4): boolean {
    if (this.pool.reservations.addressOf(key) === address) return this.#reservedTo(key) === undefined;
    const holding = this.pool.holdings.of(key);
    return holding?.address === address && holding.state === "bound" && this.addressOf(key) !== address;
  }

  /** Returns what is known of a machine and of the address that it asks for; 0.0.0.0 for none. */
  look(key: LeaseKey, asked: Ipv4): LeaseView {
    const own = this.addressOf(key);
    const holding = this.pool.holdings.of(key);
    return {
      own,
      held: holding?.address,
      state: holding?.state,
      reserved: this.isReserved(key),
      otherCard: this.otherHolder(key),
      mayHave: own === undefined ? this.pool.isFree(asked) : own === asked,
      isOurs: this.isOurs(asked),
      hasLost: this.hasLost(key, asked),
      mayDecline: this.mayDecline(key),
    };
  }

  /** Returns the machine that took an address and has not released it. */
  holderOf(address: Ipv4): LeaseKey | undefined {
    const holding = this.pool.holdings.at(address);
    return holding?.state === "bound" ? holding.key : undefined;
  }

  /**
   * Returns the machine believed to use an address: the last one to take it or be offered it, even if expired or
   * released shortly before (some firmware uses an address that it has not taken), else the one it is reserved for.
   */
  userOf(address: Ipv4): LeaseKey | undefined {
    const holding = this.pool.holdings.at(address);
    if (holding === undefined) return this.pool.reservations.keyOf(address);
    const inUse = holding.state !== "released" || this.pool.runs(holding) || this.pool.isRead(address);
    return inUse ? holding.key : this.pool.reservations.keyOf(address);
  }

  /** Returns the address that a machine has taken and not released, even if it may not keep it. */
  boundAddressOf(key: LeaseKey): Ipv4 | undefined {
    const holding = this.pool.holdings.of(key);
    return holding?.state === "bound" ? holding.address : undefined;
  }

  /** Whether an address is reserved for a machine. */
  isReserved(key: LeaseKey): boolean {
    return this.pool.reservations.addressOf(key) !== undefined;
  }

  /**
   * Returns the lease by which another card of the machine, or another identifier of it, holds the address reserved for
   * both.
   */
  otherHolder(key: LeaseKey): Pick<Holding, "key" | "address"> | undefined {
    const address = this.pool.reservations.addressOf(key);
    const holding = address === undefined ? undefined : this.pool.holdings.at(address);
    const isOther = holding?.state === "bound" && holding.key !== key;
    return isOther && this.pool.reservations.addressOf(holding.key) === address ? holding : undefined;
  }

  /** Whether a machine may have this address: it is the machine's own, or free in the pool. */
  mayHave(key: LeaseKey, address: Ipv4): boolean {
    const own = this.addressOf(key);
    if (own !== undefined) return own === address;
    return this.pool.isFree(address);
  }

  /** Whether the address is in the pool, reserved, or held since an earlier configuration. */
  isOurs(address: Ipv4): boolean {
    return this.pool.isOurs(address);
  }

  /** Whether one more decline of a machine is accepted. */
  mayDecline(key: LeaseKey): boolean {
    return this.decliners.mayDecline(key);
  }

  /**
   * Returns the reserved address of a machine, unless an earlier holder or another card of the machine still uses it.
   */
  #reservedTo(key: LeaseKey): Ipv4 | undefined {
    const address = this.pool.reservations.addressOf(key);
    const holding = address === undefined ? undefined : this.pool.holdings.at(address);
    if (holding?.state !== "bound" || holding.key === key) return address;
    // Another card that is still present has renewed by the time half of its lease is over.
    const isCard = this.pool.reservations.addressOf(holding.key) === address;
    return (isCard ? holding.halfway : holding.ends) > this.pool.now ? undefined : address;
  }
}
