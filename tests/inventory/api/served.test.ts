/** A machine that only an API knows gets the address that the API names, by DHCP. */

import t from "tap";
import { systemClock } from "../../../lib/common/clock.js";
import { DhcpServer } from "../../../lib/dhcp/server.js";
import { dhcpOrder, prepareScopes } from "../../../lib/dhcp/settings.js";
import { SnoopedAddresses } from "../../../lib/dhcp/snooped-addresses.js";
import { EventBus } from "../../../lib/events/event.js";
import { BootFiles } from "../../../lib/files/boot-files.js";
import { ChunkCache } from "../../../lib/files/chunk-cache.js";
import { LocalFiles } from "../../../lib/files/folder.js";
import { KnownSizes } from "../../../lib/files/known-sizes.js";
import { openHosts } from "../../../lib/inventory/open.js";
import { MachineTable } from "../../../lib/machine/records.js";
import { LIMITED_BROADCAST, UNSPECIFIED } from "../../../lib/net/ipv4.js";
import { loadText } from "../../support/configuration.js";
import { MAC, makeRequest, quad, readReply, type Reply, type RequestFields } from "../../support/dhcp-packet.js";
import { FakeNetwork } from "../../support/fake-network.js";
import { ManualClock } from "../../support/manual-clock.js";
import { MemorySource } from "../../support/memory-source.js";
import { MemoryOneShots } from "../../support/one-shots.js";
import { startWebServer } from "../../support/web-server.js";
import { allocationInMemory } from "../../../lib/leases/embedded-allocation.js";

const answer = (ip: string, method: string): string =>
  JSON.stringify({ mac: MAC, hostname: "web1", ip, gateway: "192.168.1.254", prefix: "24", leasetime: 600e9, method });

await t.test("DISCOVER and REQUEST of a machine that the API knows", async (t) => {
  const api = await startWebServer(t, (_, response) => {
    response.end(answer("192.168.1.77", "ByHardwareAddress"));
  });
  const ini = `[bootpd]\npool_start = 192.168.1.100\npool_count = 0\nallow_simple_dhcp = yes\n[hosts]\napi = ${api.origin}\n`;
  const config = loadText(t, ini);
  const [network, clock, events] = [new FakeNetwork(), new ManualClock(), new EventBus()];
  const hosts = await openHosts(config, events, systemClock);
  t.teardown(() => hosts.close());
  const files = new BootFiles(
    new MemorySource({}),
    [],
    { configuration: "/", package: "/" },
    new LocalFiles(new ChunkCache(0)),
  );
  const allocation = allocationInMemory(clock);
  const { scopes, leases } = await prepareScopes(config, { clock, dns: [], allocation, hosts, events });
  leases.transaction.commit();
  const order = dhcpOrder(config, {
    frames: () => undefined,
    conflicts: () => undefined,
    hosts,
    once: new MemoryOneShots(),
    originAt: () => undefined,
    sizes: new KnownSizes(files, clock),
    scopes,
  });
  const [machines, snooped] = [new MachineTable(10), new SnoopedAddresses(10)];
  const server = new DhcpServer({ network, machines, snooped, clock, events, ...order });
  await server.start();

  const ask = async (options: NonNullable<RequestFields["options"]>): Promise<Reply> => {
    network.arrive(
      { address: LIMITED_BROADCAST, port: 67 },
      { address: UNSPECIFIED, port: 68 },
      makeRequest({ options }),
    );
    for (;;) {
      const [reply] = network.takeSent();
      if (reply !== undefined) return readReply(reply.payload);
      await new Promise(setImmediate);
    }
  };
  const offer = await ask([[53, "01"]]);
  t.equal(offer.yiaddr, "192.168.1.77");
  const ack = await ask([
    [53, "03"],
    [54, quad("192.168.1.1")],
    [50, quad("192.168.1.77")],
  ]);
  t.match(ack, { yiaddr: "192.168.1.77" });
  t.equal(ack.options.get(53), "05");
  t.equal(ack.options.get(3), quad("192.168.1.254"));
  t.equal(ack.options.get(51), "00000258");
  t.equal(api.requests.length, 1, "the answer serves for five seconds");
});
