import type { Identity, LeaseKey } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { HoldingState } from "./holdings.js";
import type { ReservationChanges } from "./reservations.js";

/** The machine that holds a lease. */
export interface Holder {
  readonly key: LeaseKey;
  readonly mac: Mac;
  readonly hostName: string | undefined;
}

/** A snapshot of a machine's leases in a network, and of the address that it asks for. */
export interface LeaseView {
  /** The address that is reserved for the machine, or that it has or was offered and may keep. */
  readonly own: Ipv4 | undefined;
  /** The address that it was offered, has or had last, even if it may not keep it; undefined where there is none. */
  readonly held: Ipv4 | undefined;
  /** The state of {@link held}: a bound lease may have expired. */
  readonly state: HoldingState | undefined;
  /** Whether an address is reserved for the machine. */
  readonly reserved: boolean;
  /** The other card of the machine, or other identifier of it, that holds the address reserved for both. */
  readonly otherCard: { readonly key: LeaseKey; readonly address: Ipv4 } | undefined;
  /** Whether the machine may have the address that it asks for: that is its own, or free in the pool. */
  readonly mayHave: boolean;
  /** Whether any machine gets the address that it asks for from here, now or later. */
  readonly isOurs: boolean;
  /**
   * Whether the machine holds the address that it asks for but may not keep it, or another machine uses its reserved
   * one.
   */
  readonly hasLost: boolean;
  /** Whether one more decline of the machine is accepted. */
  readonly mayDecline: boolean;
}

/** The result of binding an address. */
export type Binding =
  | {
      readonly kind: "granted";
      /** The lease time that was granted; Infinity for ever. */
      readonly seconds: number;
      /** Whether the machine already had this address. */
      readonly renewed: boolean;
      /** The hardware address of another card of the machine, whose lease of this address ended. */
      readonly from: Mac | undefined;
    }
  /** Another machine has the address now, or it is no longer given. */
  | { readonly kind: "taken" };

/**
 * How a machine loses an address. `released`: it gave back its lease, and may have the address again as far as the pool
 * allows; `kept`: the same, but firmware goes on using the address, so that no other machine gets it for a while;
 * `declined`: it found the address in use by another; `withdrawn`: it took another server's offer; `left`: it has an
 * address in another network of its link, and needs neither an offer nor a lease here.
 */
export type Ending = "released" | "kept" | "declined" | "withdrawn" | "left";

/** A result now, or a promise of it. */
export type Later<Value> = Value | Promise<Value>;

/**
 * Decides which machine has which address of one network.
 *
 * {@link hold}, {@link bind} and {@link end} answer once their result holds: a lease survives a power cut by then. A
 * promise is rejected where that could not be achieved; then nothing has changed.
 */
export interface Allocator {
  /**
   * Returns the key of a machine's lease: the one with a reservation, else as `client_key` says. Where several keys of
   * a machine share a reserved address, the card that holds it keeps the key under which it took it.
   */
  keyOf(who: Identity): LeaseKey;
  /**
   * Returns what is known here of a machine; decisions are made from that alone.
   *
   * @param asked the address that the machine names; 0.0.0.0 for none
   */
  look(key: LeaseKey, asked: Ipv4): LeaseView;
  /**
   * Chooses an address for a machine and holds it for a while: the one it has or had, the one it asks for, or another
   * free one.
   *
   * @returns undefined where no address is left
   */
  hold(holder: Pick<Holder, "key" | "mac">, asked: Ipv4 | undefined): Later<Ipv4 | undefined>;
  /**
   * Binds an address to a machine, if the machine may still have it, or has it: a lease goes on while nobody can tell
   * whether the machine may keep it.
   *
   * @param seconds the lease time to grant at most; Infinity for ever
   */
  bind(holder: Holder, address: Ipv4, seconds: number): Later<Binding>;
  /**
   * Ends what a machine has, if it still has this address.
   *
   * @returns whether it had it
   */
  end(holder: Holder, address: Ipv4, how: Ending): Later<boolean>;
  /** Returns the hardware address of the machine that took an address and has not released it. */
  holderOf(address: Ipv4): Mac | undefined;
  /**
   * Returns the hardware address of the machine believed to use an address: the last one to take it or be offered it,
   * else the one it is reserved for.
   */
  userOf(address: Ipv4): Mac | undefined;
  /** Changes the reservations, in time proportional to the differences. Leases stay. */
  reserve(changes: ReservationChanges): void;
}
