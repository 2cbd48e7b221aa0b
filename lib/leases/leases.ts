import type { Clock } from "../common/clock.js";
import type { Ipv4 } from "../net/ipv4.js";
import { NO_MAC, UNKNOWN_MAC, type Mac } from "../net/mac.js";
import type { Binding, Obstacle } from "./binding.js";
import { isClientId, type Identity, type KeyPreference, type LeaseKey } from "../machine/lease-key.js";
import { UNKNOWN_START } from "./import/imported.js";
import type { Lease, LeaseStore } from "./lease.js";
import type { LeaseTable } from "./lease-table.js";

/** The machine that holds a lease. */
export interface Holder {
  readonly key: LeaseKey;
  readonly mac: Mac;
  readonly hostName: string | undefined;
}

/** A machine whose key is not its hardware address. */
interface Identified {
  readonly key: LeaseKey;
  readonly mac: Mac;
}

/** The start and end of a lease, in milliseconds since 1970. */
type Term = Pick<Lease, "starts" | "ends">;

/** The result of binding an address. */
export interface Kept extends Pick<Binding, "renewed"> {
  /** The hardware address of another card of the machine, whose lease of this address ended. */
  readonly from: Mac | undefined;
  /**
   * Resolves when the lease survives a power cut, is rejected where it could not be written; undefined where nothing
   * needs to be written.
   */
  readonly done: Promise<void> | undefined;
}

/** The leases of one network: decides by a {@link LeaseTable} and keeps the result in a store. */
export class Leases {
  readonly #store: LeaseStore;
  readonly #clock: Clock;
  readonly #key: KeyPreference;
  /** The hardware addresses of machines whose key is a client identifier, by leased address. */
  #macs = new Map<Ipv4, Identified>();
  #table: LeaseTable;

  constructor(table: LeaseTable, store: LeaseStore, clock: Clock, key: KeyPreference) {
    this.#table = table;
    this.#store = store;
    this.#clock = clock;
    this.#key = key;
  }

  /** The kind of key that identifies machines (`client_key`). */
  get key(): KeyPreference {
    return this.#key;
  }

  get table(): LeaseTable {
    return this.#table;
  }

  /**
   * Returns the key of a machine's lease: the one with a reservation, else as `client_key` says. Where several keys of
   * a machine share a reserved address, the card that holds it keeps the key under which it took it.
   */
  keyOf(who: Identity): LeaseKey {
    const key = this.#nameOf(who);
    const other = this.table.otherHolder(key);
    return other !== undefined && this.#macOf(other.address, other.key) === who.mac ? other.key : key;
  }

  #nameOf({ mac, clientId }: Identity): LeaseKey {
    if (clientId !== undefined && this.table.isReserved(clientId)) return clientId;
    if (clientId === undefined || this.#key === "mac" || this.table.isReserved(mac)) return mac;
    return clientId;
  }

  /**
   * Restores a lease of the store.
   *
   * The end on disk depends on the host's clock, which may have jumped while the program did not run: the time left is
   * at most the full lease time, and a lease that starts in the future has all of it.
   *
   * @returns whether it belongs to this table
   */
  restore({ key, mac, address, state, starts, ends }: Lease): boolean {
    const now = this.#clock.date();
    const left = Math.min(ends - now, ends - starts);
    if (!this.table.restore(key, address, state, left / 1000, halfwayOf({ starts, ends }, left) / 1000)) return false;
    this.#know(address, key, mac);
    return true;
  }

  /**
   * Continues with the table of former leases where the pool is the same; the former leases must not be used
   * afterwards.
   *
   * @returns whether the pool is the same; if not, call {@link takeOver}
   */
  goOnWith(former: Leases): boolean {
    if (!former.#table.follow(this.#table)) return false;
    this.#table = former.#table;
    this.#macs = former.#macs;
    return true;
  }

  /** Takes over the entries of other leases for addresses of this network; see {@link LeaseTable.takeOver}. */
  takeOver(former: Leases, isHere: (address: Ipv4) => boolean): void {
    this.table.takeOver(former.table, isHere);
    for (const [address, { key, mac }] of former.#macs) this.#know(address, key, mac);
  }

  /** Returns the hardware address of the machine that took an address and has not released it. */
  holderOf(address: Ipv4): Mac | undefined {
    return this.#macOf(address, this.table.holderOf(address));
  }

  /** Returns the hardware address of the machine that uses an address; see {@link LeaseTable.userOf}. */
  userOf(address: Ipv4): Mac | undefined {
    return this.#macOf(address, this.table.userOf(address));
  }

  /** Chooses an address for a machine and holds it; see {@link LeaseTable.offer}. */
  offer({ key, mac }: Pick<Holder, "key" | "mac">, requested: Ipv4 | undefined): Ipv4 | undefined {
    const address = this.table.offer(key, requested);
    if (address !== undefined) this.#know(address, key, mac);
    return address;
  }

  /**
   * Binds an address to a machine. Call {@link LeaseTable.mayHave} first.
   *
   * @param seconds the lease time; Infinity for ever
   */
  bind(holder: Holder, address: Ipv4, seconds: number): Kept {
    const starts = this.#clock.date();
    return this.#bind(holder, address, { starts, ends: starts + seconds * 1000 }, seconds * 1000);
  }

  /** @param time the time left, in milliseconds */
  #bind({ key, mac, hostName }: Holder, address: Ipv4, { starts, ends }: Term, time: number): Kept {
    const former = this.holderOf(address);
    const halfway = halfwayOf({ starts, ends }, time);
    const { renewed, left, from, undo } = this.table.bind(key, address, time / 1000, halfway / 1000);
    this.#know(address, key, mac);
    if (left !== undefined) this.#macs.delete(left);
    const done = this.#store.put({ address, key, mac, state: "bound", starts, ends, hostName });
    // Forget the machine's former address. If this write fails, so does that of the lease.
    if (left !== undefined) this.#store.remove(left)?.catch(() => undefined);
    return {
      renewed,
      from: from === undefined ? undefined : former,
      done: done?.catch((error: unknown) => {
        undo();
        throw error;
      }),
    };
  }

  /**
   * Adopts a lease given elsewhere, unless it conflicts with what is known here.
   *
   * @returns the obstacle, or a promise that resolves when the lease survives a power cut
   */
  adopt(lease: Lease): Obstacle | { readonly done: Promise<void> | undefined } {
    const { address, mac, state, ends, hostName } = lease;
    const now = this.#clock.date();
    const key = this.#keyFor(lease);
    if (state === "declined" && ends <= now) return { kind: "over" };
    if (state !== "declined" && (key === UNKNOWN_MAC || key === NO_MAC)) return { kind: "unknown-machine" };
    const runs = state === "bound" && ends > now;
    // It does not matter which machine found the address in use.
    const obstacle = this.table.obstacleTo(state === "declined" ? NO_MAC : key, address, runs);
    if (obstacle !== undefined) return obstacle;
    if (runs) {
      // An endless lease without a start may never have been taken: see halfwayOf.
      const starts = lease.starts === UNKNOWN_START && ends !== Infinity ? now : Math.min(lease.starts, now);
      const { done } = this.#bind({ key, mac, hostName }, address, { starts, ends }, ends - now);
      return { done };
    }
    // A released address is free now, even before its recorded end.
    const kept = { ...lease, key, ends: state === "released" ? Math.min(ends, now) : ends };
    this.restore(kept);
    return { done: this.#store.put(kept) };
  }

  /** Returns the key here of a machine whose lease was given elsewhere. */
  #keyFor(lease: Lease): LeaseKey {
    const clientId = isClientId(lease.key) ? lease.key : undefined;
    const key = this.keyOf({ mac: lease.mac, clientId });
    // A reservation keeps the client identifier, which is what the operator is to write down for it.
    return key === UNKNOWN_MAC && clientId !== undefined && isReservation(lease) ? clientId : key;
  }

  /**
   * Marks an address as released.
   *
   * @param seconds how long no other machine gets it
   * @returns whether the machine had it
   */
  release(holder: Holder, address: Ipv4, seconds = 0): boolean {
    if (!this.table.release(holder.key, address, seconds)) return false;
    this.#keepEnd(holder, address, "released", seconds);
    return true;
  }

  /** Gives up what a machine was offered or has here, since it has an address in another network of its link. */
  leave(holder: Holder): void {
    this.table.withdraw(holder.key);
    const address = this.table.boundAddressOf(holder.key);
    if (address !== undefined) this.release(holder, address);
  }

  /** Takes away an address that its machine found in use by another. @returns whether the machine had it */
  decline(holder: Holder, address: Ipv4, seconds: number): boolean {
    if (!this.table.decline(holder.key, address)) return false;
    this.#keepEnd(holder, address, "declined", seconds);
    return true;
  }

  /**
   * Keeps the end of a lease without waiting. If the write is lost, an address is unavailable for a while, but never
   * given twice.
   */
  #keepEnd(holder: Holder, address: Ipv4, state: "released" | "declined", seconds: number): void {
    const starts = this.#clock.date();
    this.#store.put({ ...holder, address, state, starts, ends: starts + seconds * 1000 })?.catch(() => undefined);
  }

  #macOf(address: Ipv4, key: LeaseKey | undefined): Mac | undefined {
    if (key === undefined) return undefined;
    const known = this.#macs.get(address);
    if (known?.key === key) return known.mac;
    // The hardware address of a machine with a reservation by client identifier may not be known yet.
    return isClientId(key) ? undefined : key;
  }

  /** Notes the hardware address of a key. There is one entry per address, however many machines come and go. */
  #know(address: Ipv4, key: LeaseKey, mac: Mac): void {
    // An address offered to one card may still be held by another card of the machine.
    if (this.#table.userOf(address) !== key) return;
    if (key === mac) this.#macs.delete(address);
    else this.#macs.set(address, { key, mac });
  }
}

/** Whether a lease stands for an imported reservation: it has no end, and may never have been asked for. */
function isReservation({ state, starts, ends }: Pick<Lease, "state" | "starts" | "ends">): boolean {
  return state === "bound" && starts === UNKNOWN_START && ends === Infinity;
}

/**
 * Returns the milliseconds until half of a lease is over. For an endless lease that is never, unless its start is
 * unknown: such a lease is an imported reservation, and its machine may never have asked for it.
 *
 * @param left the time left, in milliseconds
 */
function halfwayOf({ starts, ends }: Term, left: number): number {
  if (ends === Infinity) return starts === UNKNOWN_START ? 0 : Infinity;
  return left - (ends - starts) / 2;
}
