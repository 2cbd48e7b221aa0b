import { mkdirSync } from "node:fs";
import { controlPath, greetingOf } from "../leases/open-control.js";
import { openHosts } from "../inventory/open.js";
import { DaemonLeaseAdmin } from "../leases/lease-control.js";
import { makeLeaseAdmin } from "../dhcp/lease-state.js";
import { leaseFolder, openLeaseStore, stateFolder } from "../leases/open-store.js";
import { loadConfig, loadSettings, type Config } from "../settings/load.js";
import { ControlClient } from "../control/client.js";
import { ControlServer } from "../control/server.js";
import { EventBus } from "../events/event.js";
import type { LeaseAdmin } from "../leases/lease-admin.js";
import type { Lease } from "../leases/lease.js";
import type { LmdbStore } from "../leases/store/lmdb-store.js";
import { systemClock } from "../common/clock.js";
import { asError } from "../common/error.js";
import { openSystem } from "../os/system.js";
import { shippedConfiguration } from "../common/package.js";
import { CommandError, type Terminal } from "./terminal.js";

type Named = Pick<Config, "file" | "settings">;

/**
 * Opens the leases of a configuration for reading: through the running daemon, else from the database.
 *
 * @param file the configuration; undefined for the shipped one
 * @throws {CommandError} where the leases are not available
 */
export async function openToRead(
  file: string | undefined,
  terminal: Terminal,
): Promise<Pick<LeaseAdmin, "list" | "close">> {
  const config = loadSettings(file ?? shippedConfiguration);
  return (await askDaemon(config, file, terminal)) ?? listOf(await openDatabase(config));
}

/**
 * Opens the leases of a configuration for changes: through the running daemon, else in this process, with a lock that
 * keeps a daemon from starting meanwhile.
 *
 * @param file the configuration; undefined for the shipped one
 * @throws {CommandError} where the leases are not available
 */
export async function openToWrite(file: string | undefined, terminal: Terminal): Promise<LeaseAdmin> {
  const named = loadSettings(file ?? shippedConfiguration);
  const daemon = await askDaemon(named, file, terminal);
  if (daemon !== undefined) return daemon;
  requireFolder(named);
  if (file === undefined)
    throw new CommandError("no daemon runs here: to change its leases give its configuration (-c FILE)");
  const config = loadConfig({
    file,
    services: { dhcp: true, tftp: false, http: false },
    interfaces: (await openSystem()).interfaces(),
  });
  const lock = await lockState(config);
  try {
    const events = new EventBus();
    const hosts = await openHosts(config, events, systemClock);
    const { store, alarm } = await openLeaseStore(config);
    if (alarm !== undefined) terminal.err(`pybootd: ${alarm}\n`);
    const admin = makeLeaseAdmin(config, { store, hosts, events, clock: systemClock });
    return {
      list: () => admin.list(),
      release: (address) => admin.release(address),
      import: (leases) => admin.import(leases),
      async close() {
        await store.close();
        await hosts.close();
        await lock.close();
      },
    };
  } catch (error) {
    await lock.close();
    throw error;
  }
}

async function askDaemon(
  config: Named,
  file: string | undefined,
  { err }: Terminal,
): Promise<DaemonLeaseAdmin | undefined> {
  const client = await connect(config);
  if (client === undefined) return undefined;
  const { pid, configuration } = client.greeting;
  if (file !== undefined && configuration !== config.file) {
    err(`pybootd: note: the daemon that runs here (pid ${pid}) has another configuration, ${configuration}\n`);
  }
  return new DaemonLeaseAdmin(client);
}

async function connect(config: Named): Promise<ControlClient | undefined> {
  try {
    return await ControlClient.connect(controlPath(config), systemClock);
  } catch (error) {
    throw new CommandError(`the daemon cannot be asked: ${asError(error).message}`);
  }
}

/** Takes the control socket, so that no daemon starts on these leases while this process changes them. */
async function lockState(config: Config): Promise<ControlServer> {
  const path = controlPath(config);
  try {
    mkdirSync(stateFolder(config), { recursive: true });
    const onError = (): void => undefined;
    const greeting = greetingOf(config, "pybootd leases");
    return await ControlServer.open(path, { greeting, clock: systemClock, onError });
  } catch (error) {
    throw new CommandError(`the leases cannot be changed: ${path}: ${asError(error).message}`);
  }
}

/** @throws {CommandError} where leases are kept in memory, and no daemon runs */
function requireFolder(config: Named): string {
  const folder = leaseFolder(config);
  if (folder !== undefined) return folder;
  throw new CommandError("no daemon runs, and without one there are no leases: lease_db = memory");
}

async function openDatabase(config: Named): Promise<LmdbStore> {
  const folder = requireFolder(config);
  const { hasDatabase, isSound } = await import("../leases/store/lmdb-files.js");
  const { LmdbStore } = await import("../leases/store/lmdb-store.js");
  if (!hasDatabase(folder)) {
    throw new CommandError(
      `no daemon runs, and there is no lease database ${folder} yet (-c FILE names a configuration)`,
    );
  }
  try {
    if (isSound(folder)) return LmdbStore.openToRead(folder);
  } catch (error) {
    throw new CommandError(`the lease database ${folder} cannot be read: ${asError(error).message}`);
  }
  throw new CommandError(`the lease database ${folder} is damaged; a daemon puts it aside when it starts`);
}

function listOf(store: LmdbStore): Pick<LeaseAdmin, "list" | "close"> {
  return {
    // eslint-disable-next-line @typescript-eslint/require-await
    async *list(): AsyncIterable<Lease> {
      yield* store.load();
    },
    close: () => store.close(),
  };
}
