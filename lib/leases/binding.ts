import type { Ipv4 } from "../net/ipv4.js";
import type { LeaseKey } from "../machine/lease-key.js";

/** The reason why a lease given elsewhere cannot be adopted. */
export type Obstacle =
  | { readonly kind: "not-ours" | "known" | "declined" | "over" | "unknown-machine" }
  | { readonly kind: "reserved" | "held"; readonly key: LeaseKey }
  /** The machine has another address. */
  | { readonly kind: "elsewhere"; readonly address: Ipv4 };

/** The result of binding an address in the table. */
export interface TableBinding {
  /** Whether the machine already had this address. */
  readonly renewed: boolean;
  /** The machine's former address, which it no longer has. */
  readonly left: Ipv4 | undefined;
  /** Another card of the machine, whose lease of this address ended. */
  readonly from: LeaseKey | undefined;
  /** Reverts the binding if it could not be kept; does nothing where the machine's lease has changed since. */
  readonly undo: () => void;
}
