import type { Clock } from "../common/clock.js";
import { asError } from "../common/error.js";
import type { Allocation } from "./allocation.js";
import { EmbeddedAllocation } from "./embedded-allocation.js";
import type { LeaseAdmin } from "./lease-admin.js";
import type { Lease } from "./lease.js";
import { leaseFolder, openLeaseStore, type StateConfig } from "./open-store.js";

/**
 * Opens who has which address in the networks of a configuration.
 *
 * @param onReleased called with each lease that an operator ends
 * @returns the allocation, and a message for the operator, if any
 * @throws {StartError} where the lease database cannot be used
 */
export async function openAllocation(
  config: StateConfig,
  clock: Clock,
  onReleased: (lease: Lease) => void = () => undefined,
): Promise<{ readonly allocation: Allocation; readonly alarm: string | undefined }> {
  const { store, alarm } = await openLeaseStore(config);
  return { allocation: new EmbeddedAllocation({ store, clock, onReleased }), alarm };
}

/**
 * Opens the lease database of a configuration that no daemon runs on, to list its leases.
 *
 * @returns the list, or why there is none
 */
export async function openLeaseList(config: StateConfig): Promise<Pick<LeaseAdmin, "list" | "close"> | string> {
  const folder = leaseFolder(config);
  if (folder === undefined) return NO_DATABASE;
  const { hasDatabase, isSound } = await import("./store/lmdb-files.js");
  if (!hasDatabase(folder)) {
    return `no daemon runs, and there is no lease database ${folder} yet (-c FILE names a configuration)`;
  }
  try {
    if (!isSound(folder)) return `the lease database ${folder} is damaged; a daemon puts it aside when it starts`;
    const { LmdbStore } = await import("./store/lmdb-store.js");
    const store = LmdbStore.openToRead(folder);
    return {
      // eslint-disable-next-line @typescript-eslint/require-await
      async *list(): AsyncIterable<Lease> {
        yield* store.load();
      },
      close: () => store.close(),
    };
  } catch (error) {
    return `the lease database ${folder} cannot be read: ${asError(error).message}`;
  }
}

/** The reason why there are no leases without a daemon where they are kept in memory. */
export const NO_DATABASE = "no daemon runs, and without one there are no leases: lease_db = memory";
