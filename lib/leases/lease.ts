import type { LeaseKey } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";

/**
 * The state of a lease. `bound`: a machine has the address; `released`: the machine gave it back; `declined`: a machine
 * found it in use by another.
 */
export type LeaseState = "bound" | "released" | "declined";

/** The lease of one address, as kept on disk. */
export interface Lease {
  readonly address: Ipv4;
  readonly key: LeaseKey;
  readonly mac: Mac;
  readonly state: LeaseState;
  /** The start and end, in milliseconds since 1970; `ends` is `Infinity` for a lease without end. */
  readonly starts: number;
  readonly ends: number;
  /** The name given by the machine (option 12) or by the operator. */
  readonly hostName?: string | undefined;
}

/** A store of leases. */
export interface LeaseStore {
  /** Returns all leases, one for each address. */
  load(): Iterable<Lease>;
  /** Returns the lease of an address. */
  get(address: Ipv4): Lease | undefined;
  /**
   * Keeps a lease in place of the former one of its address. Resolves when it survives a power cut; writes in between
   * share one flush.
   *
   * @returns undefined where it is kept already; a promise that is rejected with the system's error where it could not
   *   be written
   */
  put(lease: Lease): Promise<void> | undefined;
  /** Removes the lease of an address; resolves as {@link put} does. */
  remove(address: Ipv4): Promise<void> | undefined;
  /** Resolves when all is on disk and the store is closed. */
  close(): Promise<void>;
}
