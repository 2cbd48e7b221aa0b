import type { Ipv4 } from "../net/ipv4.js";
import type { Lease } from "./lease.js";

/** What an operator may do with leases, whoever keeps them at the time: this process, or a daemon that runs. */
export interface LeaseAdmin {
  /** All leases that are kept, in any order. */
  list(): AsyncIterable<Lease>;
  /**
   * Frees an address as if its machine had given it back. Resolves when that outlasts a power cut.
   *
   * @returns the lease that ended, or why there is none to end
   */
  release(address: Ipv4): Promise<Lease | string>;
  /**
   * Takes up leases that were given elsewhere, those that contradict nothing that is known here. Resolves when they
   * outlast a power cut.
   *
   * @returns for each why it is not taken; undefined where it is
   */
  import(leases: readonly Lease[]): Promise<readonly (string | undefined)[]>;
  /** Ends what was needed for it. */
  close(): Promise<void>;
}
