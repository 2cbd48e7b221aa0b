/** The DHCP server of a configuration file, on a network in memory. */

import type { Explainer } from "../../lib/dhcp/explainer.js";
import { chooseResolvers } from "../../lib/dhcp/resolvers.js";
import { DhcpServer } from "../../lib/dhcp/server.js";
import { dhcpOrder, prepareScopes } from "../../lib/dhcp/settings.js";
import { SnoopedAddresses } from "../../lib/dhcp/snooped-addresses.js";
import { EventBus } from "../../lib/events/event.js";
import { BootFiles } from "../../lib/files/boot-files.js";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { LocalFiles } from "../../lib/files/folder.js";
import { KnownSizes } from "../../lib/files/known-sizes.js";
import { httpOriginAt } from "../../lib/http/settings.js";
import { openHosts } from "../../lib/inventory/open.js";
import { allocationInMemory } from "../../lib/leases/embedded-allocation.js";
import { MachineTable } from "../../lib/machine/records.js";
import { LIMITED_BROADCAST, UNSPECIFIED } from "../../lib/net/ipv4.js";
import type { Config } from "../../lib/settings/load.js";
import { makeRequest, type RequestFields } from "./dhcp-packet.js";
import { FakeNetwork } from "./fake-network.js";
import { ManualClock } from "./manual-clock.js";
import { MemorySource } from "./memory-source.js";
import { MemoryOneShots } from "./one-shots.js";
import type { WireDatagram } from "./pcap.js";
import { ip } from "./values.js";

/** A server that runs. */
export interface ConfiguredServer {
  /** Returns what the server sends at once for a request: a broadcast, or by the relay agent in its giaddr. */
  readonly ask: (fields: RequestFields) => readonly WireDatagram[];
}

/** Starts the server of a configuration for {@link HOST}. */
export async function configuredServer(config: Config, explainer?: Explainer): Promise<ConfiguredServer> {
  const network = new FakeNetwork();
  const clock = new ManualClock();
  const local = new LocalFiles(new ChunkCache(0));
  const files = new BootFiles(new MemorySource({}), [], { configuration: "/", package: "/" }, local);
  const events = new EventBus();
  const dns = chooseResolvers(config.settings, ip("192.168.1.1")).addresses;
  const hosts = await openHosts(config, events, clock);
  const allocation = allocationInMemory(clock);
  const { scopes, leases } = await prepareScopes(config, { clock, dns, allocation, hosts, events });
  leases.transaction.commit();
  const order = dhcpOrder(config, {
    frames: () => undefined,
    conflicts: () => undefined,
    sizes: new KnownSizes(files, clock),
    scopes,
    hosts,
    once: new MemoryOneShots(),
    originAt: (address) => httpOriginAt(config, address),
  });
  const [machines, snooped] = [new MachineTable(10), new SnoopedAddresses(10)];
  const server = new DhcpServer({
    ...order,
    network,
    machines,
    snooped,
    clock,
    events,
    ...(explainer && { explainer }),
  });
  await server.start();
  return {
    ask(fields) {
      const { giaddr } = fields;
      const from = giaddr === undefined ? { address: UNSPECIFIED, port: 68 } : { address: ip(giaddr), port: 67 };
      const to = { address: giaddr === undefined ? LIMITED_BROADCAST : ip("192.168.1.1"), port: 67 };
      network.takeSent();
      network.arrive(to, from, makeRequest(fields));
      return network.takeSent();
    },
  };
}
