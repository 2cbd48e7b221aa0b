import type { CauseOf, Sentences } from "./cause.js";

/** The facts of each cause by which nobody can tell whether a machine is known. */
export interface InventoryCauseFacts {
  /** A source of machines has not been read yet; `reason` says why not. */
  "inventory-unknown": { reason: string };
  /** A source of machines gave no answer. */
  "inventory-silent": { error: string };
}

/** A cause by which nobody can tell whether a machine is known. */
export type InventoryCause<Code extends keyof InventoryCauseFacts = keyof InventoryCauseFacts> = CauseOf<
  InventoryCauseFacts,
  Code
>;

/** The sentences of these causes. */
export const INVENTORY_SENTENCES: Sentences<InventoryCauseFacts> = {
  "inventory-unknown": ({ reason }) => `the inventory is not known yet: ${reason}`,
  "inventory-silent": ({ error }) => `what is known of it cannot be found out: ${error}`,
};
