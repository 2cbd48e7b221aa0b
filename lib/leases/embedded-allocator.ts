import type { Clock } from "../common/clock.js";
import type { Ipv4 } from "../net/ipv4.js";
import { NO_MAC, UNKNOWN_MAC, type Mac } from "../net/mac.js";
import type { Allocator, Binding, Ending, Holder, Later, LeaseView } from "./allocator.js";
import type { Obstacle } from "./binding.js";
import { isClientId, type Identity, type KeyPreference, type LeaseKey } from "../machine/lease-key.js";
import { UNKNOWN_START } from "./import/imported.js";
import type { Lease, LeaseStore } from "./lease.js";
import { RELEASED_SECONDS } from "./address-pool.js";
import { LeaseMacs } from "./lease-macs.js";
import type { LeaseTable } from "./lease-table.js";
import { halfwayOf, isReservation, type LeaseTerm } from "./lease-term.js";
import type { ReservationChanges } from "./reservations.js";

/** The result of binding an address here. */
interface Bound {
  readonly renewed: boolean;
  readonly from: Mac | undefined;
  /** Undefined where nothing needs to be written. */
  readonly done: Promise<void> | undefined;
}

const TAKEN: Binding = { kind: "taken" };

/** The allocator of one network in this process: decides by a {@link LeaseTable} and keeps the result in a store. */
export class EmbeddedAllocator implements Allocator {
  readonly #store: LeaseStore;
  readonly #clock: Clock;
  readonly #key: KeyPreference;
  #macs = new LeaseMacs();
  #table: LeaseTable;

  constructor(table: LeaseTable, store: LeaseStore, clock: Clock, key: KeyPreference) {
    this.#table = table;
    this.#store = store;
    this.#clock = clock;
    this.#key = key;
  }

  get table(): LeaseTable {
    return this.#table;
  }

  keyOf(who: Identity): LeaseKey {
    const key = this.#nameOf(who);
    const other = this.#table.otherHolder(key);
    return other !== undefined && this.#macs.macOf(other.address, other.key) === who.mac ? other.key : key;
  }

  #nameOf({ mac, clientId }: Identity): LeaseKey {
    if (clientId !== undefined && this.#table.isReserved(clientId)) return clientId;
    if (clientId === undefined || this.#key === "mac" || this.#table.isReserved(mac)) return mac;
    return clientId;
  }

  look(key: LeaseKey, asked: Ipv4): LeaseView {
    return this.#table.look(key, asked);
  }

  reserve(changes: ReservationChanges): void {
    this.#table.reserve(changes);
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
    if (!this.#table.restore(key, address, state, left / 1000, halfwayOf({ starts, ends }, left) / 1000)) return false;
    this.#know(address, key, mac);
    return true;
  }

  /**
   * Continues with the table of former leases where the pool is the same; the former leases must not be used
   * afterwards.
   *
   * @returns whether the pool is the same; if not, call {@link takeOver}
   */
  goOnWith(former: EmbeddedAllocator): boolean {
    if (!former.#table.follow(this.#table)) return false;
    this.#table = former.#table;
    this.#macs = former.#macs;
    return true;
  }

  /** Takes over the entries of other leases for addresses of this network; see {@link LeaseTable.takeOver}. */
  takeOver(former: EmbeddedAllocator, isHere: (address: Ipv4) => boolean): void {
    this.#table.takeOver(former.table, isHere);
    for (const [address, { key, mac }] of former.#macs) this.#know(address, key, mac);
  }

  holderOf(address: Ipv4): Mac | undefined {
    return this.#macs.macOf(address, this.#table.holderOf(address));
  }

  userOf(address: Ipv4): Mac | undefined {
    return this.#macs.macOf(address, this.#table.userOf(address));
  }

  hold({ key, mac }: Pick<Holder, "key" | "mac">, asked: Ipv4 | undefined): Ipv4 | undefined {
    const address = this.#table.offer(key, asked);
    if (address !== undefined) this.#know(address, key, mac);
    return address;
  }

  bind(holder: Holder, address: Ipv4, seconds: number): Later<Binding> {
    if (!this.#table.mayHave(holder.key, address) && this.#table.boundAddressOf(holder.key) !== address) return TAKEN;
    const starts = this.#clock.date();
    const { renewed, from, done } = this.#bind(holder, address, { starts, ends: starts + seconds * 1000 }, seconds);
    const granted: Binding = { kind: "granted", seconds, renewed, from };
    return done === undefined ? granted : done.then(() => granted);
  }

  /**
   * Binds an address. The promise of the result is rejected, and the binding is reverted, where it cannot be written.
   *
   * @param left the time left, in seconds
   */
  #bind({ key, mac, hostName }: Holder, address: Ipv4, { starts, ends }: LeaseTerm, left: number): Bound {
    const former = this.holderOf(address);
    const halfway = halfwayOf({ starts, ends }, left * 1000);
    const { renewed, left: leaves, from, undo } = this.#table.bind(key, address, left, halfway / 1000);
    this.#know(address, key, mac);
    if (leaves !== undefined) this.#macs.delete(leaves);
    const done = this.#store.put({ address, key, mac, state: "bound", starts, ends, hostName });
    // Forget the machine's former address. If this write fails, so does that of the lease.
    if (leaves !== undefined) this.#store.remove(leaves)?.catch(() => undefined);
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
    const obstacle = this.#table.obstacleTo(state === "declined" ? NO_MAC : key, address, runs);
    if (obstacle !== undefined) return obstacle;
    if (runs) {
      // An endless lease without a start may never have been taken: see halfwayOf.
      const starts = lease.starts === UNKNOWN_START && ends !== Infinity ? now : Math.min(lease.starts, now);
      const { done } = this.#bind({ key, mac, hostName }, address, { starts, ends }, (ends - now) / 1000);
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
   * Ends what a machine has. An end that cannot be written counts all the same: after a restart the machine has the
   * address for the rest of its lease, but no other machine does.
   */
  end(holder: Holder, address: Ipv4, how: Ending): Later<boolean> {
    const { key } = holder;
    switch (how) {
      case "withdrawn":
        return this.#table.withdraw(key, address);
      case "left":
        return this.#table.withdraw(key, address) || this.end(holder, address, "released");
      case "released":
        return this.#table.release(key, address) && this.#keepEnd(holder, address, "released", 0);
      case "kept":
        return (
          this.#table.release(key, address, RELEASED_SECONDS) &&
          this.#keepEnd(holder, address, "released", RELEASED_SECONDS)
        );
      case "declined":
        return (
          this.#table.decline(key, address) &&
          this.#keepEnd(holder, address, "declined", this.#table.plan.declineSeconds)
        );
    }
  }

  /** Keeps an address for the machine that uses it, while it reads there; see {@link LeaseTable.keep}. */
  keep(key: LeaseKey, address: Ipv4): void {
    this.#table.keep(key, address);
  }

  #keepEnd(
    { key, mac, hostName }: Holder,
    address: Ipv4,
    state: "released" | "declined",
    seconds: number,
  ): Later<true> {
    const starts = this.#clock.date();
    const kept = this.#store.put({ key, mac, hostName, address, state, starts, ends: starts + seconds * 1000 });
    return kept?.then(ended, ended) ?? true;
  }

  /** Notes the hardware address of the machine that uses an address. */
  #know(address: Ipv4, key: LeaseKey, mac: Mac): void {
    // An address offered to one card may still be held by another card of the machine.
    if (this.#table.userOf(address) === key) this.#macs.set(address, key, mac);
  }
}

function ended(): true {
  return true;
}
