import type { Clock } from "../common/clock.js";
import { ControlRefusal } from "../control/protocol.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import type { Allocation, NetworkPlan, PreparedNetworks } from "./allocation.js";
import type { Allocator } from "./allocator.js";
import type { Obstacle } from "./binding.js";
import { EmbeddedAllocator } from "./embedded-allocator.js";
import { OUTSIDE_NETWORKS } from "./lease-admin.js";
import type { Lease, LeaseStore } from "./lease.js";
import { LeaseTable } from "./lease-table.js";
import { Readers } from "./readers.js";
import { MemoryStore } from "./store/memory-store.js";

/** The parts an {@link EmbeddedAllocation} is built from. */
export interface EmbeddedAllocationParts {
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** Called with each lease that an operator ends. */
  readonly onReleased: (lease: Lease) => void;
}

interface Network {
  readonly subnet: Subnet;
  readonly allocator: EmbeddedAllocator;
}

/** Decides in the memory of this process who has which address, and keeps the result in a store. */
export class EmbeddedAllocation implements Allocation {
  readonly #parts: EmbeddedAllocationParts;
  readonly #readers = new Readers();
  /** The networks in effect; undefined before the first configuration. */
  #networks: readonly Network[] | undefined;

  constructor(parts: EmbeddedAllocationParts) {
    this.#parts = parts;
  }

  prepare(plans: readonly NetworkPlan[]): PreparedNetworks & { readonly allocators: readonly EmbeddedAllocator[] } {
    const next = plans.map((plan) => this.#networkOf(plan));
    return {
      allocators: next.map(({ allocator }) => allocator),
      strays: this.#networks === undefined ? restore(next, this.#parts.store.load()) : 0,
      transaction: {
        commit: () => {
          if (this.#networks !== undefined) handOver(this.#networks, next, this.#parts.store);
          this.#networks = next;
        },
        rollback: () => undefined,
      },
    };
  }

  at(address: Ipv4): Allocator | undefined {
    return this.#at(address);
  }

  reading(address: Ipv4): () => void {
    const user = this.#at(address)?.table.userOf(address);
    if (user === undefined) return () => undefined;
    this.#readers.begin(address);
    this.#at(address)?.keep(user, address);
    return () => {
      this.#readers.end(address);
      // Another configuration may have another allocator for it.
      this.#at(address)?.keep(user, address);
    };
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async *list(): AsyncIterable<Lease> {
    yield* this.#parts.store.load();
  }

  async release(address: Ipv4): Promise<Lease | string> {
    const { store, clock, onReleased } = this.#parts;
    const lease = store.get(address);
    if (lease === undefined) return `nobody has ${formatIpv4(address)}`;
    if (lease.state !== "bound") return `nobody has ${formatIpv4(address)}: it is ${lease.state}`;
    this.#requireNetworks();
    this.#at(address)?.table.release(lease.key, address);
    const now = clock.date();
    await store.put({ ...lease, state: "released", starts: now, ends: now });
    onReleased(lease);
    return lease;
  }

  async import(leases: readonly Lease[]): Promise<readonly (string | undefined)[]> {
    this.#requireNetworks();
    // Written in one turn, so that one flush covers all.
    return await Promise.all(leases.map((lease) => this.#adopt(lease)));
  }

  async close(): Promise<void> {
    await this.#parts.store.close();
  }

  async #adopt(lease: Lease): Promise<string | undefined> {
    const allocator = this.#at(lease.address);
    if (allocator === undefined) return OUTSIDE_NETWORKS;
    const adopted = allocator.adopt(lease);
    if ("kind" in adopted) return describeObstacle(adopted);
    await adopted.done;
    return undefined;
  }

  #networkOf(plan: NetworkPlan): Network {
    const { store, clock } = this.#parts;
    const table = new LeaseTable(plan, clock, this.#readers);
    return { subnet: plan.subnet, allocator: new EmbeddedAllocator(table, store, clock, plan.clientKey) };
  }

  #at(address: Ipv4): EmbeddedAllocator | undefined {
    return holding(this.#networks ?? [], address)?.allocator;
  }

  /** @throws {ControlRefusal} before the first configuration */
  #requireNetworks(): void {
    if (this.#networks === undefined) throw new ControlRefusal("the daemon is still starting");
  }
}

/** Returns an allocation that is kept in memory alone, with these leases of another one. */
export function allocationInMemory(clock: Clock, leases: Iterable<Lease> = []): EmbeddedAllocation {
  const store = new MemoryStore();
  for (const lease of leases) store.put(lease);
  return new EmbeddedAllocation({ store, clock, onReleased: () => undefined });
}

function holding(networks: readonly Network[], address: Ipv4): Network | undefined {
  return networks.find(({ subnet }) => subnet.contains(address));
}

/** Restores leases of an earlier run. @returns the number of those that are in no network or pool */
function restore(networks: readonly Network[], leases: Iterable<Lease>): number {
  let strays = 0;
  for (const lease of leases) {
    if (holding(networks, lease.address)?.allocator.restore(lease) !== true) strays += 1;
  }
  return strays;
}

/** Hands the leases of former networks to the next ones, and restores those of added addresses from the store. */
function handOver(former: readonly Network[], next: readonly Network[], store: LeaseStore): void {
  for (const { allocator, subnet } of next) {
    const same = former.find((other) => isSameSubnet(other.subnet, subnet));
    const goesOn = same !== undefined && allocator.goOnWith(same.allocator);
    for (const other of former) {
      if (goesOn && other === same) continue;
      allocator.takeOver(other.allocator, (address) => subnet.contains(address));
    }
  }
  if (next.every(({ subnet }) => isWithin(subnet, former))) return;
  for (const lease of store.load()) {
    if (holding(former, lease.address) === undefined) holding(next, lease.address)?.allocator.restore(lease);
  }
}

function isWithin(subnet: Subnet, networks: readonly Network[]): boolean {
  return holding(networks, subnet.network)?.subnet.contains(subnet.broadcast) === true;
}

function isSameSubnet(one: Subnet, other: Subnet): boolean {
  return one.network === other.network && one.mask === other.mask;
}

function describeObstacle(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case "not-ours":
      return "it is in no pool, and reserved for nobody";
    case "known":
      return "it is here already";
    case "held":
      return `${obstacle.key} has it here`;
    case "reserved":
      return `it is reserved for ${obstacle.key}`;
    case "elsewhere":
      return `its machine has ${formatIpv4(obstacle.address)} here`;
    case "declined":
      return "a machine found it in use by another";
    case "over":
      return "its time is over";
    case "unknown-machine":
      return "its machine's hardware address is not known, by which machines are known here (client_key)";
  }
}
