import type { InventoryCause } from "../events/causes/inventory.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Decision } from "./decide.js";

/** The facts about a machine while a source of the inventory has not been read yet. */
export interface Meanwhile {
  /** The cause by which the inventory is not known. */
  readonly cause: InventoryCause;
  /** Whether another source knows the machine. */
  readonly isKnown: boolean;
  /** Whether its firmware asks. */
  readonly isFirmware: boolean;
  /** The address that it has taken and not released, even if it may not keep it. */
  readonly bound: Ipv4 | undefined;
  /** The address that it has and may keep, or that is reserved for it, as far as is known. */
  readonly own: Ipv4 | undefined;
}

/**
 * Returns what becomes of a decision while the inventory is not known: a machine keeps its lease, nothing is given anew
 * to one that no source knows, and none is refused for want of knowledge.
 */
export function decideMeanwhile(decision: Decision, meanwhile: Meanwhile): Decision {
  const { cause, isKnown, bound } = meanwhile;
  switch (decision.kind) {
    case "refuse":
      return decision.address === bound ? { kind: "acknowledge", address: bound } : silence(cause);
    case "acknowledge":
      return isKnown || decision.address === bound ? decision : silence(cause);
    case "offer":
      return mayBeOffered(meanwhile) ? decision : silence(cause);
    case "bootp":
    case "inform":
      return isKnown ? decision : silence(cause);
    case "release":
    case "decline":
    case "withdraw":
    case "ignore":
      return decision;
  }
}

function mayBeOffered({ isKnown, isFirmware, bound, own }: Meanwhile): boolean {
  // Another address in the place of its own would end the lease that it has.
  if (bound !== undefined && own !== bound) return false;
  // Firmware may boot another file than the other programs of the machine.
  return isKnown || (bound !== undefined && !isFirmware);
}

function silence(cause: InventoryCause): Decision {
  return { kind: "ignore", cause };
}
