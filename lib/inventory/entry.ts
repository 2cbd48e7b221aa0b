import { isSame } from "../common/same.js";
import { keysOf, type Host } from "./host.js";

/** A host of a source, and its place among the others. */
export interface HostEntry {
  /** Unique in its source, and the same as long as the host is there, whatever changes of it. */
  readonly id: string;
  /** Of two hosts with the same key the one with the lower place applies; of the same place, the one with the lower id. */
  readonly place: number;
  readonly host: Host;
}

/** The differences between two states of a source. */
export interface HostChanges {
  /** The hosts that are new or of which something changed, as they are now. */
  readonly set: readonly HostEntry[];
  /** The hosts that stayed the same at another place: the line that defines them has another number. */
  readonly moved: readonly HostEntry[];
  /** The hosts that are gone, as they were. */
  readonly gone: readonly HostEntry[];
}

/** Compares entries for sorting by precedence. */
export function byPrecedence(one: HostEntry, other: HostEntry): number {
  return one.place - other.place || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
}

/**
 * Returns the entries of hosts that were read from a text: the first key of a host is its identity, and its line is its
 * place.
 */
export function entriesOf(hosts: readonly Host[]): readonly HostEntry[] {
  return hosts.map((host) => ({ id: keysOf(host)[0] ?? "", place: host.origins[0]?.line ?? 0, host }));
}

/** Whether two hosts are the same but for the places that define them. */
export function sameFacts(one: Host, other: Host): boolean {
  return isSame(one, other, "origins");
}
