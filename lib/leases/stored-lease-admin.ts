import type { Clock } from "../common/clock.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import type { Obstacle } from "./binding.js";
import type { LeaseAdmin } from "./lease-admin.js";
import type { Lease, LeaseStore } from "./lease.js";
import type { Leases } from "./leases.js";

/** The reason for refusing a lease whose address is in no served network. */
export const OUTSIDE_NETWORKS = "it is in no network that is served";

/** The parts a {@link StoredLeaseAdmin} is built from. */
export interface StoredLeaseAdminParts {
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** Returns the leases of the network that holds an address; undefined where none is served. */
  readonly leasesAt: (address: Ipv4) => Leases | undefined;
  /** Called with each lease that an operator ends. */
  readonly onReleased: (lease: Lease) => void;
}

/** The leases of this process, for an operator: changes reach both the store and the lease tables. */
export class StoredLeaseAdmin implements LeaseAdmin {
  readonly #parts: StoredLeaseAdminParts;

  constructor(parts: StoredLeaseAdminParts) {
    this.#parts = parts;
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async *list(): AsyncIterable<Lease> {
    yield* this.#parts.store.load();
  }

  async release(address: Ipv4): Promise<Lease | string> {
    const { store, clock, leasesAt, onReleased } = this.#parts;
    const lease = store.get(address);
    if (lease === undefined) return `nobody has ${formatIpv4(address)}`;
    if (lease.state !== "bound") return `nobody has ${formatIpv4(address)}: it is ${lease.state}`;
    leasesAt(address)?.table.release(lease.key, address);
    const now = clock.date();
    await store.put({ ...lease, state: "released", starts: now, ends: now });
    onReleased(lease);
    return lease;
  }

  import(leases: readonly Lease[]): Promise<readonly (string | undefined)[]> {
    // Written in one turn, so that one flush covers all.
    return Promise.all(leases.map((lease) => this.#take(lease)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #take(lease: Lease): Promise<string | undefined> {
    const leases = this.#parts.leasesAt(lease.address);
    if (leases === undefined) return OUTSIDE_NETWORKS;
    const adopted = leases.adopt(lease);
    if ("kind" in adopted) return describeObstacle(adopted);
    await adopted.done;
    return undefined;
  }
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
