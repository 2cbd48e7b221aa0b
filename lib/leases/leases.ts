import type { Clock } from "../common/clock.js";
import type { Ipv4 } from "../net/ipv4.js";
import { NO_MAC, UNKNOWN_MAC, type Mac } from "../net/mac.js";
import type { Binding, Obstacle } from "./binding.js";
import { isClientId, type Identity, type KeyPreference, type LeaseKey } from "../machine/lease-key.js";
import { UNKNOWN_START } from "./import/imported.js";
import type { Lease, LeaseStore } from "./lease.js";
import type { LeaseTable } from "./lease-table.js";

/** The machine that a lease is for. */
export interface Holder {
  readonly key: LeaseKey;
  readonly mac: Mac;
  readonly hostName: string | undefined;
}

/** A machine that is known by another name than its hardware address. */
interface Identified {
  readonly key: LeaseKey;
  readonly mac: Mac;
}

/** From when until when a lease is, in milliseconds since 1970. */
type Term = Pick<Lease, "starts" | "ends">;

/** What became of a lease. */
export interface Kept extends Pick<Binding, "renewed"> {
  /** The hardware address of another card of the machine, whose lease of this address ended by this. */
  readonly from: Mac | undefined;
  /** Resolves when it outlasts a power cut, or is rejected where it does not; undefined where it does already. */
  readonly done: Promise<void> | undefined;
}

/** The leases of the addresses of one table: what is decided there is kept in a store. */
export class Leases {
  readonly #store: LeaseStore;
  readonly #clock: Clock;
  readonly #key: KeyPreference;
  /** The hardware addresses of machines that are known by another identifier, by the address that they have. */
  #macs = new Map<Ipv4, Identified>();
  #table: LeaseTable;

  constructor(table: LeaseTable, store: LeaseStore, clock: Clock, key: KeyPreference) {
    this.#table = table;
    this.#store = store;
    this.#clock = clock;
    this.#key = key;
  }

  /** What machines are known by. */
  get key(): KeyPreference {
    return this.#key;
  }

  get table(): LeaseTable {
    return this.#table;
  }

  /**
   * By which name a machine holds its lease: the one that an address is reserved for, else what `client_key` says. Where
   * several names of its machine share an address, a card that has that goes on with the name by which it took it.
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
   * Takes up a lease of the store.
   *
   * The end on disk is by the host's idea of the date, which may have jumped while the program did not run: a lease
   * never has more time left than it was given, and one from the future has all of it.
   *
   * @returns whether it is one of this table's
   */
  restore({ key, mac, address, state, starts, ends }: Lease): boolean {
    const now = this.#clock.date();
    const left = Math.min(ends - now, ends - starts);
    if (!this.table.restore(key, address, state, left / 1000, halfwayOf({ starts, ends }, left) / 1000)) return false;
    this.#know(address, key, mac);
    return true;
  }

  /**
   * Goes on with the table of other leases, which are of no use any more then, where the pool is the same.
   *
   * @returns whether it does; see {@link takeOver} for what to do where not
   */
  goOnWith(former: Leases): boolean {
    if (!former.#table.follow(this.#table)) return false;
    this.#table = former.#table;
    this.#macs = former.#macs;
    return true;
  }

  /** Takes up what other leases know of the addresses of this network; see {@link LeaseTable.takeOver}. */
  takeOver(former: Leases, isHere: (address: Ipv4) => boolean): void {
    this.table.takeOver(former.table, isHere);
    for (const [address, { key, mac }] of former.#macs) this.#know(address, key, mac);
  }

  /** The hardware address of the machine that took an address, and has not given it back. */
  holderOf(address: Ipv4): Mac | undefined {
    return this.#macOf(address, this.table.holderOf(address));
  }

  /** The hardware address of the machine that uses an address; see {@link LeaseTable.userOf}. */
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
   * Gives a machine an address. Call {@link LeaseTable.mayHave} first.
   *
   * @param seconds for how long; Infinity for ever
   */
  bind(holder: Holder, address: Ipv4, seconds: number): Kept {
    const starts = this.#clock.date();
    return this.#bind(holder, address, { starts, ends: starts + seconds * 1000 }, seconds * 1000);
  }

  /** @param time for how long the lease still is, in milliseconds */
  #bind({ key, mac, hostName }: Holder, address: Ipv4, { starts, ends }: Term, time: number): Kept {
    const former = this.holderOf(address);
    const halfway = halfwayOf({ starts, ends }, time);
    const { renewed, left, from, undo } = this.table.bind(key, address, time / 1000, halfway / 1000);
    this.#know(address, key, mac);
    if (left !== undefined) this.#macs.delete(left);
    const done = this.#store.put({ address, key, mac, state: "bound", starts, ends, hostName });
    // Who took another address is not found at the old one again. Where this cannot be kept, neither can the lease.
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
   * Takes up a lease that was given elsewhere, where nothing here speaks against it.
   *
   * @returns what speaks against it, or when it outlasts a power cut
   */
  adopt(lease: Lease): Obstacle | { readonly done: Promise<void> | undefined } {
    const { address, mac, state, ends, hostName } = lease;
    const now = this.#clock.date();
    const key = this.#keyFor(lease);
    if (state === "declined" && ends <= now) return { kind: "over" };
    if (state !== "declined" && (key === UNKNOWN_MAC || key === NO_MAC)) return { kind: "unknown-machine" };
    const runs = state === "bound" && ends > now;
    // Whose request it was that found an address in use does not matter.
    const obstacle = this.table.obstacleTo(state === "declined" ? NO_MAC : key, address, runs);
    if (obstacle !== undefined) return obstacle;
    if (runs) {
      // A lease without end of which no beginning is known may never have been taken: see halfwayOf.
      const starts = lease.starts === UNKNOWN_START && ends !== Infinity ? now : Math.min(lease.starts, now);
      const { done } = this.#bind({ key, mac, hostName }, address, { starts, ends }, ends - now);
      return { done };
    }
    // What was given back before its end is nobody's now.
    const kept = { ...lease, key, ends: state === "released" ? Math.min(ends, now) : ends };
    this.restore(kept);
    return { done: this.#store.put(kept) };
  }

  /** By which name the machine of a lease that was given elsewhere holds it here. */
  #keyFor(lease: Lease): LeaseKey {
    const clientId = isClientId(lease.key) ? lease.key : undefined;
    const key = this.keyOf({ mac: lease.mac, clientId });
    // A reservation is its machine's by the name that the operator is to write down for it.
    return key === UNKNOWN_MAC && clientId !== undefined && isReservation(lease) ? clientId : key;
  }

  /**
   * Marks an address as given back.
   *
   * @param seconds for how long nobody else gets it
   * @returns whether it was the machine's
   */
  release(holder: Holder, address: Ipv4, seconds = 0): boolean {
    if (!this.table.release(holder.key, address, seconds)) return false;
    this.#keepEnd(holder, address, "released", seconds);
    return true;
  }

  /** Takes note that a machine has an address elsewhere on its link: what it was offered or has here it does not use. */
  leave(holder: Holder): void {
    this.table.withdraw(holder.key);
    const address = this.table.boundAddressOf(holder.key);
    if (address !== undefined) this.release(holder, address);
  }

  /** Takes away an address that its machine found in use by another. @returns whether it was the machine's */
  decline(holder: Holder, address: Ipv4, seconds: number): boolean {
    if (!this.table.decline(holder.key, address)) return false;
    this.#keepEnd(holder, address, "declined", seconds);
    return true;
  }

  /** Nobody waits for this to be kept; what is lost of it costs an address for a while, and doubles none. */
  #keepEnd(holder: Holder, address: Ipv4, state: "released" | "declined", seconds: number): void {
    const starts = this.#clock.date();
    this.#store.put({ ...holder, address, state, starts, ends: starts + seconds * 1000 })?.catch(() => undefined);
  }

  #macOf(address: Ipv4, key: LeaseKey | undefined): Mac | undefined {
    if (key === undefined) return undefined;
    const known = this.#macs.get(address);
    if (known?.key === key) return known.mac;
    // Of a machine that an address is reserved for by its identifier nothing else may be known yet.
    return isClientId(key) ? undefined : key;
  }

  /** There is one entry for an address, however many machines come and go. */
  #know(address: Ipv4, key: LeaseKey, mac: Mac): void {
    // What is offered to one card of a machine may be another's still.
    if (this.#table.userOf(address) !== key) return;
    if (key === mac) this.#macs.delete(address);
    else this.#macs.set(address, { key, mac });
  }
}

/** Whether it stands for a reservation that was imported: a lease without end, which may never have been asked for. */
function isReservation({ state, starts, ends }: Pick<Lease, "state" | "starts" | "ends">): boolean {
  return state === "bound" && starts === UNKNOWN_START && ends === Infinity;
}

/**
 * In how long half of the time of a lease is over, in milliseconds. Of one without end it never is, unless its beginning
 * is not known: an imported reservation is such a lease, and its machine may never have asked for it.
 *
 * @param left for how long the lease still is, in milliseconds
 */
function halfwayOf({ starts, ends }: Term, left: number): number {
  if (ends === Infinity) return starts === UNKNOWN_START ? 0 : Infinity;
  return left - (ends - starts) / 2;
}
