import type { Event } from "../events/event.js";
import type { Identity } from "../machine/lease-key.js";
import type { HostChanges, HostEntry } from "./entry.js";
import type { Host } from "./host.js";

/**
 * Takes a change. {@link HostSource.find} and {@link HostSource.known} have it already.
 *
 * @returns the events that the change leads to; they are published after that of the change itself
 */
export type HostListener = (changes: HostChanges) => readonly Event[];

/** How far the hosts of a source can be relied on. */
export type SourceState =
  | { readonly kind: "current" }
  /** The last picture serves, since the source cannot be read. `since`: in milliseconds since 1970. */
  | { readonly kind: "stale"; readonly since: number; readonly reason: string }
  /** The source has never been read: a machine that it does not know may be one of its machines. */
  | { readonly kind: "unknown"; readonly reason: string };

/** The state of a source that can be relied on. */
export const CURRENT: SourceState = { kind: "current" };

/** A source of hosts that operators maintain. */
export interface HostSource {
  /**
   * Finds the host of a client. A host known by the client identifier takes precedence over one known by the hardware
   * address.
   *
   * @returns undefined for an unknown client; a promise where the source has to be asked, which rejects where it cannot
   * tell
   */
  find(who: Identity): Host | undefined | Promise<Host | undefined>;
  /** Returns all hosts known so far, in order of precedence; a host may occur several times with different facts. */
  known(): Iterable<HostEntry>;
  /** Returns how far that can be relied on now. */
  state(): SourceState;
  /**
   * Calls `listener` for each change, once the source goes by it.
   *
   * @returns a function that removes the listener
   */
  onChange(listener: HostListener): () => void;
  /**
   * Begins to follow what was read, and to publish events. A source is silent before that. Has no effect the second
   * time.
   */
  start(): void;
  close(): void | Promise<void>;
}

/** The part of the inventory that other features use. */
export type Inventory = Pick<HostSource, "find" | "known" | "state">;

/** Returns why nobody can tell whether a machine that is not found is known; undefined where it is not known. */
export function notKnownYet(hosts: Pick<HostSource, "state">): string | undefined {
  const state = hosts.state();
  return state.kind === "unknown" ? state.reason : undefined;
}

/** A source without hosts. */
export const noHosts: HostSource = {
  find: () => undefined,
  known: () => [],
  state: () => CURRENT,
  onChange: () => () => undefined,
  start: () => undefined,
  close: () => undefined,
};
