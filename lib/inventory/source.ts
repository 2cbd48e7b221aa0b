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

/** What the parts of the daemon ask of the inventory. */
export type Inventory = Pick<HostSource, "find" | "known">;

/** A source without hosts. */
export const noHosts: HostSource = {
  find: () => undefined,
  known: () => [],
  onChange: () => () => undefined,
  start: () => undefined,
  close: () => undefined,
};
