import type { Problem } from "../config/problem.js";

/** The range of lease times that a client may ask for, in seconds; `Infinity` for ever. */
export interface LeaseBounds {
  readonly least: number;
  readonly most: number;
}

/** The lease times of a section, set or inherited, in seconds. */
export interface LeaseTimes {
  readonly lease_time: number;
  readonly min_lease_time: number | undefined;
  readonly max_lease_time: number | undefined;
}

/** Returns the range of lease times that a client may ask for; undefined where its wish is ignored. */
export function leaseBounds({
  lease_time: usual,
  min_lease_time: least,
  max_lease_time: most,
}: LeaseTimes): LeaseBounds | undefined {
  if (least === undefined && most === undefined) return undefined;
  return { least: least ?? usual, most: most ?? usual };
}

/** Checks that `lease_time` is within its bounds. */
export function checkLeaseTimes(
  { lease_time: usual, min_lease_time: least = 0, max_lease_time: most = Infinity }: LeaseTimes,
  place: (option: string) => Omit<Problem, "expected" | "got">,
): readonly Problem[] {
  // With an unreadable lease_time both comparisons are false.
  const found = least > usual ? "min_lease_time" : usual > most ? "max_lease_time" : undefined;
  if (found === undefined) return [];
  const expected = `a time that is ${least > usual ? "at most" : "at least"} lease_time`;
  const got = `${least > usual ? least : most} s, where lease_time is ${usual} s`;
  return [{ ...place(found), expected, got }];
}
