import { dirname, join } from "node:path";
import type { LeaseStore } from "./lease.js";
import { MemoryStore } from "./store/memory-store.js";
import { StartError } from "../os/start-error.js";

/** The parts of a configuration that locate the state. */
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

/** The default state folder, where neither the configuration nor systemd names one. */
const STATE_FOLDER = "/var/lib/pybootd";

/** Returns the folder of the lease database; undefined where leases are kept in memory. */
export function leaseFolder({ settings }: StateConfig): string | undefined {
  const { lease_db: database, mode, dry_run: dry } = settings.bootpd;
  // A proxy or a dry run gives no addresses: it keeps nothing, and leaves the database to other processes.
  return database === "memory" || mode !== "server" || dry
    ? undefined
    : (database ?? join(namedStateFolder(settings), "leases"));
}

/** Returns the folder for state that outlasts the process: the parent of the lease database, where there is one. */
export function stateFolder(config: StateConfig): string {
  const leases = leaseFolder(config);
  return leases === undefined ? namedStateFolder(config.settings) : dirname(leases);
}

function namedStateFolder({ daemon }: StateConfig["settings"]): string {
  return daemon.state_dir ?? process.env["STATE_DIRECTORY"] ?? STATE_FOLDER;
}

/**
 * Opens the lease store of a configuration.
 *
 * @returns the store, and a message for the operator, if any
 * @throws {StartError} where the store cannot be used
 */
export async function openLeaseStore(
  config: StateConfig,
): Promise<{ readonly store: LeaseStore; readonly alarm: string | undefined }> {
  const folder = leaseFolder(config);
  if (folder === undefined) return { store: new MemoryStore(), alarm: undefined };
  try {
    // Load the database library only where it is needed.
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
