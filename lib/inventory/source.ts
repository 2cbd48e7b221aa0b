import type { Identity } from "../machine/lease-key.js";
import type { Host } from "./host.js";

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
  /** Returns the hosts with a reserved address that are known so far. */
  reserved(): Iterable<Host>;
  /** Returns all hosts known so far, in order of precedence; a host may occur several times with different facts. */
  known(): Iterable<Host>;
  /**
   * Calls `listener` whenever {@link find} or {@link reserved} may have other results than before.
   *
   * @returns a function that removes the listener
   */
  onChange(listener: () => void): () => void;
  /** Begins to follow what was read, and to publish events. A source is silent before that. Called once. */
  start(): void;
  close(): void | Promise<void>;
}

/** What the parts of the daemon ask of the inventory. */
export type Inventory = Pick<HostSource, "find" | "known">;

/** A source without hosts. */
export const noHosts: HostSource = {
  find: () => undefined,
  reserved: () => [],
  known: () => [],
  onChange: () => () => undefined,
  start: () => undefined,
  close: () => undefined,
};
