import type { Lease, LeaseStore } from "../../lib/leases/lease.js";
import type { Ipv4 } from "../../lib/net/ipv4.js";

/** A store whose disk is full as long as a test says so. */
export class FailingStore implements LeaseStore {
  failing = false;
  readonly #inner: LeaseStore;

  /** @param inner what keeps the leases while nothing fails */
  constructor(inner: LeaseStore) {
    this.#inner = inner;
  }

  load(): Iterable<Lease> {
    return this.#inner.load();
  }

  get(address: Ipv4): Lease | undefined {
    return this.#inner.get(address);
  }

  put(lease: Lease): Promise<void> | undefined {
    return this.failing ? Promise.reject(new Error("ENOSPC")) : this.#inner.put(lease);
  }

  remove(address: Ipv4): Promise<void> | undefined {
    return this.failing ? Promise.reject(new Error("ENOSPC")) : this.#inner.remove(address);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
