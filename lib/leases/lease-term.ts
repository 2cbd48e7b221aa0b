import { UNKNOWN_START } from "./import/imported.js";
import type { Lease } from "./lease.js";

/** The start and end of a lease, in milliseconds since 1970. */
export type LeaseTerm = Pick<Lease, "starts" | "ends">;

/** Whether a lease stands for an imported reservation: it has no end, and may never have been asked for. */
export function isReservation({ state, starts, ends }: Pick<Lease, "state" | "starts" | "ends">): boolean {
  return state === "bound" && starts === UNKNOWN_START && ends === Infinity;
}

/**
 * Returns the milliseconds until half of a lease is over. For an endless lease that is never, unless its start is
 * unknown: such a lease is an imported reservation, and its machine may never have asked for it.
 *
 * @param left the time left, in milliseconds
 */
export function halfwayOf({ starts, ends }: LeaseTerm, left: number): number {
  if (ends === Infinity) return starts === UNKNOWN_START ? 0 : Infinity;
  return left - (ends - starts) / 2;
}
