import type { Ipv4 } from "../net/ipv4.js";
import type { LeaseKey } from "../machine/lease-key.js";

/** Why a lease that was given elsewhere cannot be taken up here. */
export type Obstacle =
  | { readonly kind: "not-ours" | "known" | "declined" | "over" | "unknown-machine" }
  | { readonly kind: "reserved" | "held"; readonly key: LeaseKey }
  /** Its machine has another address. */
  | { readonly kind: "elsewhere"; readonly address: Ipv4 };

/** What binding an address changed. */
export interface Binding {
  /** Whether the machine had this address already. */
  readonly renewed: boolean;
  /** The address that the machine had before, and has no longer. */
  readonly left: Ipv4 | undefined;
  /** Another card of the machine, whose lease of this address ended by this. */
  readonly from: LeaseKey | undefined;
  /** Takes it back, where it could not be kept; harmless when the machine has moved on. */
  readonly undo: () => void;
}
