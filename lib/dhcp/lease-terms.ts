import type { Problem } from "../config/problem.js";

/** What a client may ask for, in seconds; `Infinity` for ever. */
export interface LeaseBounds {
  readonly least: number;
  readonly most: number;
}

/** What a section says of lease times, or inherits, in seconds. */
export interface LeaseTimes {
  readonly lease_time: number;
  readonly min_lease_time: number | undefined;
  readonly max_lease_time: number | undefined;
}

/** What a client may ask for; undefined where its wish does not count. */
export function leaseBounds({
  lease_time: usual,
  min_lease_time: least,
  max_lease_time: most,
}: LeaseTimes): LeaseBounds | undefined {
  if (least === undefined && most === undefined) return undefined;
  return { least: least ?? usual, most: most ?? usual };
}

/** Whether the bounds have `lease_time` between them. */
export function checkLeaseTimes(
  { lease_time: usual, min_lease_time: least = 0, max_lease_time: most = Infinity }: LeaseTimes,
  place: (option: string) => Omit<Problem, "expected" | "got">,
): readonly Problem[] {
  // A lease_time that could not be read is neither more nor less than anything.
  const found = least > usual ? "min_lease_time" : usual > most ? "max_lease_time" : undefined;
  if (found === undefined) return [];
  const expected = `a time that is ${least > usual ? "at most" : "at least"} lease_time`;
  const got = `${least > usual ? least : most} s, where lease_time is ${usual} s`;
  return [{ ...place(found), expected, got }];
}
