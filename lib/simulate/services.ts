import { makeIpxe, type Ipxe } from "../boot/ipxe/settings.js";
import type { OneShots } from "../boot/one-shots.js";
import { systemClock } from "../common/clock.js";
import type { ServedNetwork } from "../dhcp/network.js";
import type { DhcpOrder } from "../dhcp/order.js";
import { chooseResolvers } from "../dhcp/resolvers.js";
import { dhcpOrder, prepareScopes } from "../dhcp/settings.js";
import type { EventBus } from "../events/event.js";
import { learnSizes } from "../files/service.js";
import { httpOrigin, httpOriginAt } from "../http/settings.js";
import { openHosts } from "../inventory/open.js";
import type { Inventory } from "../inventory/source.js";
import type { Lease } from "../leases/lease.js";
import type { Allocation } from "../leases/allocation.js";
import { allocationInMemory } from "../leases/embedded-allocation.js";
import type { Config } from "../settings/load.js";
import { offlineFiles, type OfflineFiles } from "./offline-files.js";

/** The services of a configuration, ready to be asked. */
export interface PreparedServices {
  readonly network: ServedNetwork;
  readonly order: DhcpOrder;
  readonly allocation: Allocation;
  readonly hosts: Inventory;
  readonly ipxe: Ipxe;
  /** The one-shot boots, which a rehearsal does not complete. */
  readonly once: OneShots;
  readonly files: OfflineFiles;
  readonly leases: readonly Lease[];
  readonly close: () => Promise<void>;
}

/**
 * Prepares the services of a configuration as the daemon does, with its own leases and without mirrors.
 *
 * @param leases the leases that exist
 * @throws {ConfigError} where a source of machines cannot be read
 */
export async function prepareServices(
  config: Config,
  network: ServedNetwork,
  leases: readonly Lease[],
  events: EventBus,
): Promise<PreparedServices> {
  const clock = systemClock;
  const hosts = await openHosts(config, events, clock);
  const files = offlineFiles(config);
  const ipxe = makeIpxe(config, httpOrigin(config), hosts, files.folder, events);
  const once: OneShots = {
    isDone: (mac) => ipxe.once.isDone(mac),
    finish: () => false,
    reset: () => false,
    finished: () => ipxe.once.finished(),
  };
  const allocation = allocationInMemory(clock, leases);
  const dns = chooseResolvers(config.settings, network.serverAddress).addresses;
  const prepared = await prepareScopes(config, { clock, dns, allocation, hosts, events });
  prepared.leases.transaction.commit();
  const order = dhcpOrder(config, {
    frames: () => undefined,
    conflicts: () => undefined,
    sizes: await learnSizes(config, files.boot, clock),
    scopes: prepared.scopes,
    hosts,
    originAt: (address) => httpOriginAt(config, address),
    once,
  });
  const close = async (): Promise<void> => {
    await hosts.close();
  };
  return { network, order, allocation, hosts, ipxe, once, files, leases, close };
}
