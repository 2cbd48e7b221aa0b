import type { Identity } from "../machine/lease-key.js";
import type { Host } from "./host.js";

/** A place where operators keep what they know of their machines. */
export interface HostSource {
  /**
   * What is known of a machine. Of what is known by its client identifier and of what is known by its hardware address
   * the former counts.
   *
   * @returns undefined for one that nothing is known of; a promise where it has to be asked for, which is rejected where
   * the source cannot tell
   */
  find(who: Identity): Host | undefined | Promise<Host | undefined>;
  /** The machines with an address of their own, as far as they are known by now. */
  reserved(): Iterable<Host>;
  /** All machines, as far as they are known by now, the one that counts most first; more may be known of some. */
  known(): Iterable<Host>;
  /**
   * Calls `listener` whenever {@link find} or {@link reserved} may answer otherwise than before.
   *
   * @returns what ends that
   */
  onChange(listener: () => void): () => void;
  close(): void | Promise<void>;
}

/** Knows nobody. */
export const noHosts: HostSource = {
  find: () => undefined,
  reserved: () => [],
  known: () => [],
  onChange: () => () => undefined,
  close: () => undefined,
};
