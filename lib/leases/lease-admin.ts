import type { Ipv4 } from "../net/ipv4.js";
import type { Lease } from "./lease.js";

/** The reason for refusing a lease whose address is in no served network. */
export const OUTSIDE_NETWORKS = "it is in no network that is served";

/** The operator's access to leases, kept by this process or by a running daemon. */
export interface LeaseAdmin {
  /** Lists all leases, in any order. */
  list(): AsyncIterable<Lease>;
  /**
   * Frees an address as if its machine had released it. Resolves when that survives a power cut.
   *
   * @returns the lease that ended, or why there is none to end
   */
  release(address: Ipv4): Promise<Lease | string>;
  /**
   * Adopts leases given elsewhere, except those that conflict with what is known here. Resolves when they survive a
   * power cut.
   *
   * @returns for each lease the reason it was refused; undefined where it was adopted
   */
  import(leases: readonly Lease[]): Promise<readonly (string | undefined)[]>;
  /** Closes the connection to the daemon, if any. */
  close(): Promise<void>;
}
