import type { Ipv4 } from "../../net/ipv4.js";
import type { Lease, LeaseStore } from "../lease.js";

/** Keeps leases in memory until the program ends (`lease_db = memory`). */
export class MemoryStore implements LeaseStore {
  readonly #leases = new Map<Ipv4, Lease>();

  load(): Iterable<Lease> {
    return this.#leases.values();
  }

  get(address: Ipv4): Lease | undefined {
    return this.#leases.get(address);
  }

  put(lease: Lease): undefined {
    this.#leases.set(lease.address, lease);
  }

  remove(address: Ipv4): undefined {
    this.#leases.delete(address);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
