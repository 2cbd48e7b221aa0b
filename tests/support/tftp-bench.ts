/** A TFTP server on a network in memory, and clients that a test plays packet by packet. */

import { PacketTap } from "../../lib/events/packet-tap.js";
import { TappedNetwork } from "../../lib/events/tapped-network.js";
import { EventBus, type Event } from "../../lib/events/event.js";
import { BootFiles } from "../../lib/files/boot-files.js";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { LocalFiles } from "../../lib/files/folder.js";
import { emptyDirectory, type ClientDirectory } from "../../lib/machine/directory.js";
import { isDetail, lineOf } from "../../lib/observe/log-lines.js";
import type { PathMtu } from "../../lib/os/path-mtu.js";
import { Subnet } from "../../lib/net/subnet.js";
import type { Endpoint } from "../../lib/os/udp.js";
import { controlPackets } from "../../lib/tftp/control-packets.js";
import { TftpServer } from "../../lib/tftp/server.js";
import type { TftpSettings } from "../../lib/tftp/settings.js";
import { FakeNetwork } from "./fake-network.js";
import { ManualClock } from "./manual-clock.js";
import type { MemorySource } from "./memory-source.js";
import { makeAck, makeRequest, readAnswer, type Answer } from "./tftp-packet.js";
import { ip } from "./values.js";

export const SERVER: Endpoint = { address: ip("192.168.7.1"), port: 69 };

/** The default settings of the server. */
export const SETTINGS: TftpSettings = {
  listen: [SERVER.address],
  links: [
    { address: SERVER.address, subnet: Subnet.holding(SERVER.address, ip("255.255.255.0")), largestBlockSize: 1468 },
  ],
  port: SERVER.port,
  limits: { defaultBlockSize: 512, largestBlockSize: 65464, largestWindowSize: 64, timeoutSeconds: 2 },
  timeoutIsLeast: false,
  patience: { retries: 5, longestSeconds: 6 * 3600, leastRate: 256, graceSeconds: 120 },
  mostTransfers: 1000,
  mostPerClient: 256,
  singlePort: false,
};

/** Lets what waits for promises go on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function bootFilesOf(source: MemorySource): BootFiles {
  const nowhere = { configuration: "/nonexistent", package: "/nonexistent" };
  return new BootFiles(source, [], nowhere, new LocalFiles(new ChunkCache(1024 * 1024)));
}

export class TftpBench {
  readonly network = new FakeNetwork();
  readonly clock = new ManualClock();
  readonly events: Event[] = [];
  /** The events whose line only adds detail to that of another. */
  readonly details: Event[] = [];
  readonly server: TftpServer;

  private constructor(
    source: MemorySource,
    settings: Partial<TftpSettings>,
    directory: ClientDirectory,
    pathMtu: PathMtu | undefined,
    tap: PacketTap | undefined,
  ) {
    const bus = new EventBus(this.clock);
    bus.subscribe((event) => (isDetail(event) ? this.details : this.events).push(event));
    this.server = new TftpServer({
      network: new TappedNetwork(this.network, tap ?? new PacketTap(this.clock), "TFTP", controlPackets()),
      files: bootFilesOf(source),
      directory,
      events: bus,
      clock: this.clock,
      settings: { ...SETTINGS, ...settings },
      pathMtu,
    });
  }

  static async start(
    source: MemorySource,
    settings: Partial<TftpSettings> = {},
    directory: ClientDirectory = emptyDirectory,
    pathMtu?: PathMtu,
    tap?: PacketTap,
  ): Promise<TftpBench> {
    const bench = new TftpBench(source, settings, directory, pathMtu, tap);
    await bench.server.start();
    return bench;
  }

  client(port = 2000, address = "192.168.7.9"): TftpClient {
    return new TftpClient(this, { address: ip(address), port });
  }

  /** Returns the lines of the log since the last call. */
  log(): readonly string[] {
    return this.events.splice(0).map((event) => lineOf(event).message);
  }
}

/** One client: an address and a port, and what is sent there from now on. */
export class TftpClient {
  readonly #bench: TftpBench;
  readonly #self: Endpoint;
  #read: number;
  /** The source of the transfer, once a packet has come. */
  #peer: Endpoint = SERVER;

  constructor(bench: TftpBench, self: Endpoint) {
    this.#bench = bench;
    this.#self = self;
    this.#read = bench.network.sent.length;
  }

  /** The port of the server's that the last packet came from. */
  get serverPort(): number {
    return this.#peer.port;
  }

  /** Sends a read request to the service. @returns what came back at once */
  async request(...request: Parameters<typeof makeRequest>): Promise<readonly Answer[]> {
    return this.sendTo(SERVER, makeRequest(...request));
  }

  /** Acknowledges a block. */
  async ack(block: number): Promise<readonly Answer[]> {
    return this.send(makeAck(block));
  }

  /** Sends a packet to where the last one came from. */
  async send(packet: Buffer): Promise<readonly Answer[]> {
    return this.sendTo(this.#peer, packet);
  }

  async sendTo(to: Endpoint, packet: Buffer): Promise<readonly Answer[]> {
    this.#bench.network.arrive(to, this.#self, packet);
    // Blocks at hand are sent at once; blocks that have to be read first, a turn later.
    const answers = this.answers();
    if (answers.length > 0) return answers;
    await turn();
    return this.answers();
  }

  /** Lets time pass. @returns what came meanwhile */
  async wait(milliseconds: number): Promise<readonly Answer[]> {
    this.#bench.clock.advance(milliseconds);
    await turn();
    return this.answers();
  }

  /** Returns the packets since the last call. */
  answers(): readonly Answer[] {
    const news = this.#bench.network.sent.slice(this.#read);
    this.#read += news.length;
    return news
      .filter(({ to }) => to.address === this.#self.address && to.port === this.#self.port)
      .map(({ from, payload }) => {
        this.#peer = from;
        return readAnswer(payload);
      });
  }

  /** Fetches a file as a well-behaved client does. Throws where something comes that should not. */
  async fetch(...request: Parameters<typeof makeRequest>): Promise<Buffer> {
    const first = await this.request(...request);
    const granted = new Map(first.flatMap((answer) => (answer.kind === "oack" ? answer.options : [])));
    const blockSize = Number(granted.get("blksize") ?? 512);
    const windowSize = Number(granted.get("windowsize") ?? 1);
    const blocks: Buffer[] = [];
    const incoming = [...(granted.size > 0 ? await this.ack(0) : first)];
    for (let inWindow = 1; ; inWindow = inWindow === windowSize ? 1 : inWindow + 1) {
      // The rest of the window may have to be read first.
      if (incoming.length === 0) await turn();
      incoming.push(...this.answers());
      const answer = incoming.shift();
      if (answer?.kind !== "data") throw new Error(`${JSON.stringify(answer)} amid the blocks`);
      if (answer.block !== ((blocks.length + 1) & 0xffff))
        throw new Error(`block ${answer.block} after ${blocks.length}`);
      blocks.push(Buffer.from(answer.octets));
      const last = answer.octets.length < blockSize;
      if (last || inWindow === windowSize) incoming.push(...(await this.ack(blocks.length)));
      if (last) return Buffer.concat(blocks);
    }
  }
}
