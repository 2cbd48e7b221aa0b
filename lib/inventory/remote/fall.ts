import type { HostEntry } from "../entry.js";

/** The part of the hosts, and the number of them, that may be gone at once. */
const MOST_PART = 0.2;
const MOST_HOSTS = 10;

/** Whether so many hosts of those known are too many to be gone at once, for one reading to be believed. */
export function areMany(missing: number, known: number): boolean {
  return missing > MOST_HOSTS && missing > known * MOST_PART;
}

/** A reading that lacks so many hosts that another one has to agree. */
export interface HeldReading {
  readonly entries: readonly HostEntry[];
  readonly cursor: string | undefined;
  /** The ids of the hosts that it lacks. */
  readonly missing: ReadonlySet<string>;
}

/** Returns the ids of the hosts that are gone where they are too many to be believed; undefined where they are not. */
export function missingIn(former: readonly HostEntry[], next: readonly HostEntry[]): ReadonlySet<string> | undefined {
  const ids = new Set(next.map(({ id }) => id));
  const missing = new Set(former.map(({ id }) => id).filter((id) => !ids.has(id)));
  return areMany(missing.size, former.length) ? missing : undefined;
}

/** Whether another reading lacks all that a held one lacks, and not very many more. */
export function agrees(held: HeldReading, next: readonly HostEntry[]): boolean {
  return next.every(({ id }) => !held.missing.has(id)) && missingIn(held.entries, next) === undefined;
}
