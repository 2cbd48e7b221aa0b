import type { LeaseKey } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";

/** `bound`: a machine has it; `released`: it gave it back; `declined`: a machine found it in use by another. */
export type LeaseState = "bound" | "released" | "declined";

/** One address and its holder, as it is kept on disk. */
export interface Lease {
  readonly address: Ipv4;
  readonly key: LeaseKey;
  readonly mac: Mac;
  readonly state: LeaseState;
  /** When it began and when it ends, in milliseconds since 1970; `Infinity` for one that does not end. */
  readonly starts: number;
  readonly ends: number;
  /** What the machine calls itself (option 12), or is called by the operator. */
  readonly hostName?: string | undefined;
}

/** Where leases are kept. */
export interface LeaseStore {
  /** All leases there are, one for each address. */
  load(): Iterable<Lease>;
  /** What is known of an address. */
  get(address: Ipv4): Lease | undefined;
  /**
   * Keeps a lease in the place of what was known of its address. Resolves when it outlasts a power cut; what is put
   * meanwhile shares one flush.
   *
   * @returns undefined where it is kept already; a promise that is rejected with the system's error where it could not
   * be written
   */
  put(lease: Lease): Promise<void> | undefined;
  /** Forgets an address, as {@link put} keeps one. */
  remove(address: Ipv4): Promise<void> | undefined;
  /** Resolves when all is on disk and the store is closed. */
  close(): Promise<void>;
}
