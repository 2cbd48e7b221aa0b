/** Two servers, each of which takes the other for a client by forged packets, come to an end. */

import t from "tap";
import { EventBus } from "../../lib/events/event.js";
import { emptyDirectory } from "../../lib/machine/directory.js";
import type { Endpoint } from "../../lib/os/udp.js";
import { TftpServer } from "../../lib/tftp/server.js";
import { FakeNetwork } from "../support/fake-network.js";
import { ManualClock } from "../support/manual-clock.js";
import { MemorySource } from "../support/memory-source.js";
import { bootFilesOf, SETTINGS, turn } from "../support/tftp-bench.js";
import { makeAck, makeError, makeRequest } from "../support/tftp-packet.js";
import { ip } from "../support/values.js";

const ONE: Endpoint = { address: ip("192.168.7.1"), port: 69 };
const OTHER: Endpoint = { address: ip("192.168.7.2"), port: 69 };

/** A wire between the servers: what one sends reaches the other, or itself. */
class Wire {
  readonly network = new FakeNetwork();
  readonly clock = new ManualClock();
  readonly servers: TftpServer[] = [];

  async add(address: Endpoint, singlePort: boolean): Promise<void> {
    const server = new TftpServer({
      network: this.network,
      files: bootFilesOf(new MemorySource({ file: Buffer.alloc(100_000) })),
      directory: emptyDirectory,
      events: new EventBus(),
      clock: this.clock,
      settings: { ...SETTINGS, listen: [address.address], singlePort },
    });
    await server.start();
    this.servers.push(server);
  }

  /** Lets the servers talk until nothing was said for five minutes. @returns how many packets were sent */
  async settle(most: number): Promise<number> {
    let sent = 0;
    for (let quiet = 0; quiet < 300 && sent <= most; quiet++) {
      for (let news = this.network.takeSent(); news.length > 0; news = this.network.takeSent()) {
        sent += news.length;
        quiet = 0;
        if (sent > most) break;
        for (const { from, to, payload } of news) this.network.arrive(to, from, payload);
        await turn();
      }
      this.clock.advance(1000);
      await turn();
    }
    return sent;
  }
}

/** An OACK, a window and its copies, and errors; what is sent for one forged packet never causes more than that. */
const MOST_FOR_ONE = 20;

for (const singlePort of [false, true]) {
  for (const otherSinglePort of [false, true]) {
    const how = `single_port ${singlePort ? "on" : "off"} here, ${otherSinglePort ? "on" : "off"} there`;
    await t.test(`D6 forged packets that point servers at each other cause a few packets each: ${how}`, async (t) => {
      const wire = new Wire();
      await wire.add(ONE, singlePort);
      await wire.add(OTHER, otherSinglePort);
      const packets = [
        makeRequest("file"),
        makeRequest("file", { blksize: 1024, tsize: 0, windowsize: 16 }),
        makeRequest("file", { timeout: 1 }),
        makeRequest("nothing"),
        makeRequest("file", {}, { opcode: 2 }),
        makeRequest("file", {}, { mode: "mail" }),
        makeAck(0),
        makeAck(1),
        makeError(0, "enough"),
        Buffer.from([0, 3, 0, 1, 65]),
        Buffer.from([0, 6, 0]),
        Buffer.from([9, 9, 9]),
      ];
      for (const packet of packets) {
        for (const [to, from] of [
          [ONE, OTHER],
          [OTHER, ONE],
          [ONE, ONE],
        ] as const) {
          wire.network.arrive(to, from, packet);
          const sent = await wire.settle(1000);
          t.ok(sent <= MOST_FOR_ONE, `${packet.toString("latin1")}: ${sent} packets`);
        }
      }
      // All at once, in both directions.
      for (const packet of packets) {
        wire.network.arrive(ONE, OTHER, packet);
        wire.network.arrive(OTHER, ONE, packet);
      }
      const sent = await wire.settle(10_000);
      t.ok(sent <= 2 * packets.length * MOST_FOR_ONE, `${sent} packets in all`);
      t.equal(wire.clock.pending, 0, "no transfer is left");
    });
  }
}
