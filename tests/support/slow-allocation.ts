import type { Allocation, NetworkPlan, PreparedNetworks } from "../../lib/leases/allocation.js";
import type { Allocator, Binding, Ending, Holder, LeaseView } from "../../lib/leases/allocator.js";
import type { Lease } from "../../lib/leases/lease.js";
import type { ReservationChanges } from "../../lib/leases/reservations.js";
import type { Identity, LeaseKey } from "../../lib/machine/lease-key.js";
import type { Ipv4 } from "../../lib/net/ipv4.js";
import type { Mac } from "../../lib/net/mac.js";

/** Resolves in a later turn of the event loop, as an answer from another host comes. */
export function laterTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/**
 * An allocator that holds, binds and ends in a later turn, as one that has to ask another host: others get ahead
 * meanwhile.
 */
export class SlowAllocator implements Allocator {
  readonly #inner: Allocator;

  constructor(inner: Allocator) {
    this.#inner = inner;
  }

  keyOf(who: Identity): LeaseKey {
    return this.#inner.keyOf(who);
  }

  look(key: LeaseKey, asked: Ipv4): LeaseView {
    return this.#inner.look(key, asked);
  }

  async hold(holder: Pick<Holder, "key" | "mac">, asked: Ipv4 | undefined): Promise<Ipv4 | undefined> {
    await laterTurn();
    return this.#inner.hold(holder, asked);
  }

  async bind(holder: Holder, address: Ipv4, seconds: number): Promise<Binding> {
    await laterTurn();
    return this.#inner.bind(holder, address, seconds);
  }

  async end(holder: Holder, address: Ipv4, how: Ending): Promise<boolean> {
    await laterTurn();
    return this.#inner.end(holder, address, how);
  }

  holderOf(address: Ipv4): Mac | undefined {
    return this.#inner.holderOf(address);
  }

  userOf(address: Ipv4): Mac | undefined {
    return this.#inner.userOf(address);
  }

  reserve(changes: ReservationChanges): void {
    this.#inner.reserve(changes);
  }
}

/** An allocation whose allocators are slow. */
export class SlowAllocation implements Allocation {
  readonly #inner: Allocation;

  constructor(inner: Allocation) {
    this.#inner = inner;
  }

  async prepare(plans: readonly NetworkPlan[]): Promise<PreparedNetworks> {
    await laterTurn();
    const prepared = await this.#inner.prepare(plans);
    return { ...prepared, allocators: prepared.allocators.map((each) => new SlowAllocator(each)) };
  }

  at(address: Ipv4): Allocator | undefined {
    const inner = this.#inner.at(address);
    return inner && new SlowAllocator(inner);
  }

  reading(address: Ipv4): () => void {
    return this.#inner.reading(address);
  }

  list(): AsyncIterable<Lease> {
    return this.#inner.list();
  }

  async release(address: Ipv4): Promise<Lease | string> {
    await laterTurn();
    return this.#inner.release(address);
  }

  async import(leases: readonly Lease[]): Promise<readonly (string | undefined)[]> {
    await laterTurn();
    return this.#inner.import(leases);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
