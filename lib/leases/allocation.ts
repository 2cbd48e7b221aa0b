import type { Transaction } from "../common/transaction.js";
import type { KeyPreference } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import type { AddressPlan } from "./address-plan.js";
import type { Allocator, Later } from "./allocator.js";
import type { LeaseAdmin } from "./lease-admin.js";

/** A network to give addresses in. */
export interface NetworkPlan extends AddressPlan {
  readonly subnet: Subnet;
  /** The kind of key that identifies machines (`client_key`). */
  readonly clientKey: KeyPreference;
}

/** The networks of a configuration that is not in effect yet. */
export interface PreparedNetworks {
  /** One for each plan, in their order. Until the commit they know their reservations, but not the leases. */
  readonly allocators: readonly Allocator[];
  /** The number of known leases whose addresses are not given now; 0 after the first configuration. */
  readonly strays: number;
  /** Its commit hands the leases of the former networks to these. */
  readonly transaction: Transaction;
}

/** The allocation of addresses in all networks. */
export interface Allocation extends LeaseAdmin {
  /** Prepares the networks of the first or of another configuration. */
  prepare(plans: readonly NetworkPlan[]): Later<PreparedNetworks>;
  /** Returns the allocator of the network that holds an address; undefined where none does. */
  at(address: Ipv4): Allocator | undefined;
  /**
   * Notes that a machine begins to read files at an address: no other machine gets that address meanwhile, even if it
   * was only offered or has been released.
   *
   * @returns a function that ends this, once
   */
  reading(address: Ipv4): () => void;
}
