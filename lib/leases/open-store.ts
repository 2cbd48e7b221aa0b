import { dirname, join } from "node:path";
import type { LeaseStore } from "./lease.js";
import { MemoryStore } from "./store/memory-store.js";
import { StartError } from "../os/start-error.js";

/** What of a configuration says where state is kept. */
export interface StateConfig {
  readonly settings: {
    readonly bootpd: {
      readonly lease_db: string | undefined;
      readonly mode: "server" | "proxy" | "auto-proxy";
      readonly dry_run: boolean;
    };
    readonly daemon: { readonly state_dir: string | undefined };
  };
}

/** Where state is kept when the configuration does not say: systemd names a folder, else it is this one. */
const STATE_FOLDER = "/var/lib/pybootd";

/** The folder of the lease database of a configuration; undefined where leases are kept in memory. */
export function leaseFolder({ settings }: StateConfig): string | undefined {
  const { lease_db: database, mode, dry_run: dry } = settings.bootpd;
  // Who gives no addresses, or only rehearses it, has nothing to keep, and takes nobody's database.
  return database === "memory" || mode !== "server" || dry
    ? undefined
    : (database ?? join(namedStateFolder(settings), "leases"));
}

/** The folder for what outlasts the process: the one that holds the lease database, where there is one. */
export function stateFolder(config: StateConfig): string {
  const leases = leaseFolder(config);
  return leases === undefined ? namedStateFolder(config.settings) : dirname(leases);
}

function namedStateFolder({ daemon }: StateConfig["settings"]): string {
  return daemon.state_dir ?? process.env["STATE_DIRECTORY"] ?? STATE_FOLDER;
}

/**
 * Opens the store of a configuration's leases.
 *
 * @returns the store, and what an operator has to know of it, if anything
 * @throws {StartError} where it cannot be used
 */
export async function openLeaseStore(
  config: StateConfig,
): Promise<{ readonly store: LeaseStore; readonly alarm: string | undefined }> {
  const folder = leaseFolder(config);
  if (folder === undefined) return { store: new MemoryStore(), alarm: undefined };
  try {
    // Only who has a database pays for loading what it needs.
    const { LmdbStore } = await import("./store/lmdb-store.js");
    const { store, damaged } = await LmdbStore.open(folder);
    if (damaged === undefined) return { store, alarm: undefined };
    const alarm = `the lease database ${folder} was damaged: it is now ${damaged}, and a new one begins without any lease`;
    return { store, alarm };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`[bootpd] lease_db: the database ${folder} cannot be used: ${why}`);
  }
}
