import { mkdirSync } from "node:fs";
import { controlPath, greetingOf } from "../leases/open-control.js";
import { openHosts } from "../inventory/open.js";
import { DaemonLeaseAdmin } from "../leases/lease-control.js";
import { prepareScopes } from "../dhcp/settings.js";
import { NO_DATABASE, openAllocation, openLeaseList } from "../leases/open-allocation.js";
import { leaseFolder, stateFolder } from "../leases/open-store.js";
import { loadConfig, loadSettings, type Config } from "../settings/load.js";
import { ControlClient } from "../control/client.js";
import { ControlServer } from "../control/server.js";
import { EventBus } from "../events/event.js";
import type { LeaseAdmin } from "../leases/lease-admin.js";
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
  const daemon = await askDaemon(config, file, terminal);
  if (daemon !== undefined) return daemon;
  const leases = await openLeaseList(config);
  if (typeof leases === "string") throw new CommandError(leases);
  return leases;
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
  if (leaseFolder(named) === undefined) throw new CommandError(NO_DATABASE);
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
    const { allocation, alarm } = await openAllocation(config, systemClock);
    if (alarm !== undefined) terminal.err(`pybootd: ${alarm}\n`);
    const { leases } = await prepareScopes(config, { clock: systemClock, dns: [], allocation, hosts, events });
    leases.transaction.commit();
    return {
      list: () => allocation.list(),
      release: (address) => allocation.release(address),
      import: (leases) => allocation.import(leases),
      async close() {
        await allocation.close();
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
