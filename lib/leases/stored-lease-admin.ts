import type { Clock } from "../common/clock.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import type { Obstacle } from "./binding.js";
import type { LeaseAdmin } from "./lease-admin.js";
import type { Lease, LeaseStore } from "./lease.js";
import type { Leases } from "./leases.js";

/** Why a lease is not taken whose address nobody here can have. */
export const OUTSIDE_NETWORKS = "it is in no network that is served";

/** What leases are kept in, and by. */
export interface StoredLeaseAdminParts {
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** The leases of the network that holds an address, where one is served. */
  readonly leasesAt: (address: Ipv4) => Leases | undefined;
  /** Told of what an operator took from a machine. */
  readonly onReleased: (lease: Lease) => void;
}

/** The leases that this process keeps, for an operator: what changes in the store changes in the tables that decide. */
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
    // All are put in one turn, so that one flush does for all.
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
