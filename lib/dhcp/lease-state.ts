import { ControlRefusal } from "../control/protocol.js";
import type { ControlServer } from "../control/server.js";
import type { MachineTable } from "../machine/records.js";
import type { Scopes } from "./scopes.js";
import { StoredLeaseAdmin, type StoredLeaseAdminParts } from "../leases/stored-lease-admin.js";
import type { LeaseAdmin } from "../leases/lease-admin.js";
import type { Lease, LeaseStore } from "../leases/lease.js";
import { openControl, type ControlConfig } from "../leases/open-control.js";
import { makeScopes, restore, type DhcpConfig, type DhcpParts } from "./settings.js";
import { serveLeases } from "../leases/lease-control.js";
import { openLeaseStore } from "../leases/open-store.js";
import type { ServiceParts } from "../service/service.js";

/** The parts of a configuration that locate the leases and the control socket. */
export type LeaseConfig = ControlConfig;

/** The parts of the running service that an operator's changes must reach. */
export interface RunningLeases {
  /** The current networks; undefined until the first configuration is committed. */
  readonly scopes: () => Scopes | undefined;
  readonly machines: MachineTable;
}

/** The leases of a daemon: their store, and the control socket that serves operators. */
export class LeaseState {
  readonly store: LeaseStore;
  readonly #control: ControlServer | undefined;
  readonly #endServing: () => void;

  private constructor(store: LeaseStore, control: ControlServer | undefined, admin: LeaseAdmin) {
    this.store = store;
    this.#control = control;
    this.#endServing = control === undefined ? () => undefined : serveLeases(control, admin);
  }

  /**
   * Opens the leases of a configuration for this process alone.
   *
   * @throws {StartError} where they cannot be opened, or another process uses them
   */
  static async open(config: LeaseConfig, parts: ServiceParts, running: RunningLeases): Promise<LeaseState> {
    // The socket locks the state: open it before touching anything else.
    const control = await openSocket(config, parts);
    try {
      const { store, alarm } = await openLeaseStore(config);
      if (alarm !== undefined) parts.log.say("critical", alarm);
      return new LeaseState(store, control, adminOf(store, parts, running));
    } catch (error) {
      await control?.close();
      throw error;
    }
  }

  /** Resolves when all is on disk and another process may open it. */
  async close(): Promise<void> {
    this.#endServing();
    await this.store.close();
    await this.#control?.close();
  }
}

/** Returns the leases of a configuration that no daemon runs on, for an operator. */
export function makeLeaseAdmin(
  config: DhcpConfig,
  parts: Pick<DhcpParts, "clock" | "events" | "store" | "hosts">,
): LeaseAdmin {
  const { store, clock } = parts;
  const scopes = makeScopes(config, { ...parts, dns: [] });
  restore(scopes, store);
  const leasesAt = leasesIn(() => scopes);
  return new StoredLeaseAdmin({ store, clock, leasesAt, onReleased: () => undefined });
}

async function openSocket(
  config: LeaseConfig,
  { clock, events, log }: ServiceParts,
): Promise<ControlServer | undefined> {
  const control = await openControl(config, clock, (error) => {
    events.publish({ kind: "failed", where: "answering on the control socket", error });
  });
  if (!("reason" in control)) return control;
  log.say("info", `pybootd leases cannot ask this daemon: ${control.reason}`);
  return undefined;
}

function adminOf(store: LeaseStore, { clock, events }: ServiceParts, { scopes, machines }: RunningLeases): LeaseAdmin {
  const onReleased = ({ mac, address }: Lease): void => {
    const { uuid, architecture } = machines.get(mac);
    const machine = { mac, uuid, architecture, kind: "dhcp" } as const;
    events.publish({ kind: "dhcp-released", machine, address, byOperator: true });
  };
  return new StoredLeaseAdmin({ store, clock, leasesAt: leasesIn(scopes), onReleased });
}

/**
 * Returns a look-up of the leases of the network that holds an address.
 *
 * @throws {ControlRefusal} from the returned function, until there are networks
 */
function leasesIn(scopes: () => Scopes | undefined): StoredLeaseAdminParts["leasesAt"] {
  return (address) => {
    const all = scopes();
    if (all === undefined) throw new ControlRefusal("the daemon is still starting");
    return all.holding(address)?.leases;
  };
}
