/**
 * Sends mutated traffic to a server, to all of its ports at once; a program to be run on a host of the lab:
 * `node attacker.js OWN SERVER SEED PACKETS RATE`. It says `sent N` at the end, and complains of answers that are malformed.
 */

import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { formatIpv4, UNSPECIFIED } from "../../lib/net/ipv4.js";
import { openSystem } from "../../lib/os/system.js";
import type { Datagram, Endpoint, UdpSocket } from "../../lib/os/udp.js";
import type { Host, LabProcess } from "../lab/support/lab.js";
import { SeededRandom } from "../support/random.js";
import { makeAck, readAnswer } from "../support/tftp-packet.js";
import { ip } from "../support/values.js";
import { dhcpSeeds } from "./dhcp-seeds.js";
import { Mutator } from "./mutator.js";
import { httpSeeds, tftpSeeds } from "./seeds.js";

const PROGRAM = fileURLToPath(import.meta.url);
/** Datagrams that leave together. */
const BATCH = 32;
/** Connections at once, and how long one may stay, in milliseconds. */
const CONNECTIONS = 16;
const CONNECTION_PATIENCE = 2000;
/** One request by HTTP for so many batches. */
const BATCHES_PER_REQUEST = 4;

/** Starts it on a host that has the address `own`. */
export function startAttacker(
  host: Host,
  own: string,
  server: string,
  { seed, packets, rate }: { readonly seed: number; readonly packets: number; readonly rate: number },
): LabProcess {
  return host.start(process.execPath, [PROGRAM, own, server, `${seed}`, `${packets}`, `${rate}`]);
}

class Attacker {
  readonly #random: SeededRandom;
  readonly #mutator: Mutator;
  readonly #own: string;
  readonly #server: string;
  /** Ports of transfers that the server has begun. */
  readonly #transfers: number[] = [];
  #sockets: readonly UdpSocket[] = [];
  #connections = 0;

  constructor(own: string, server: string, seed: number) {
    this.#own = own;
    this.#server = server;
    this.#random = new SeededRandom(seed);
    this.#mutator = new Mutator(this.#random, []);
  }

  async open(): Promise<void> {
    const { network } = await openSystem();
    const onError = (): void => undefined;
    const quiet = { onDatagrams: () => undefined, onError };
    const tftp = {
      onDatagrams: (batch: readonly Datagram[]) => {
        for (const { payload, peer } of batch) this.#take(payload, peer);
      },
      onError,
    };
    const own = ip(this.#own);
    this.#sockets = [
      await network.open({ address: own, port: 68, broadcast: true }, quiet),
      await network.open({ address: own, port: 4011 }, quiet),
      await network.open({ address: own, port: 0 }, tftp),
      await network.open({ address: UNSPECIFIED, port: 0 }, tftp),
    ];
  }

  /** One batch to one port. @returns how many packets that were */
  send(): number {
    const [dhcp, boot, ...tftp] = this.#sockets;
    const random = this.#random;
    const server = ip(this.#server);
    const kind = random.below(8);
    if (kind < 4) {
      const address = random.below(2) === 0 ? server : ip("255.255.255.255");
      this.#sendTo(dhcp, dhcpSeeds, () => ({ address, port: 67 }));
    } else if (kind < 5) this.#sendTo(boot, dhcpSeeds, () => ({ address: server, port: 4011 }));
    else this.#sendTo(random.of(tftp), tftpSeeds, () => ({ address: server, port: this.#tftpPort() }));
    return BATCH;
  }

  /** One request by HTTP, unless there are too many already. @returns how many packets that were, or more */
  request(): number {
    if (this.#connections >= CONNECTIONS) return 0;
    this.#connections += 1;
    const socket = connect({ host: this.#server, port: 80, localAddress: this.#own });
    const end = setTimeout(() => socket.destroy(), CONNECTION_PATIENCE);
    socket.once("data", (data) => {
      if (!data.toString("latin1").startsWith("HTTP/1.1 ")) complain("HTTP", data);
      socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(end);
      this.#connections -= 1;
    });
    socket.write(this.#mutator.mutate(httpSeeds));
    return 1;
  }

  #sendTo(socket: UdpSocket | undefined, seeds: readonly Buffer[], to: () => Endpoint): void {
    const batch = Array.from({ length: BATCH }, () => ({
      payload: this.#mutator.mutate(seeds).subarray(0, 1400),
      peer: to(),
    }));
    socket?.send(batch);
  }

  /** Transfers that were begun are attacked too. */
  #tftpPort(): number {
    return this.#transfers.length === 0 || this.#random.below(3) > 0 ? 69 : this.#random.of(this.#transfers);
  }

  #take(payload: Buffer, { address, port }: Endpoint): void {
    try {
      const answer = readAnswer(payload);
      // Now and then a transfer is let go on.
      if (answer.kind === "data" && this.#random.below(4) === 0) {
        this.#sockets[2]?.send([{ payload: makeAck(answer.block), peer: { address, port } }]);
      }
    } catch (error) {
      complain(`TFTP from ${formatIpv4(address)}, ${String(error)}`, payload);
    }
    this.#transfers.unshift(port);
    this.#transfers.length = Math.min(this.#transfers.length, 64);
  }
}

function complain(what: string, octets: Buffer): void {
  process.stdout.write(`malformed ${what}: ${octets.subarray(0, 600).toString("hex")}\n`);
}

async function run([own = "", server = "", seed = "", packets = "", rate = ""]: readonly string[]): Promise<void> {
  const attacker = new Attacker(own, server, Number(seed));
  await attacker.open();
  const started = performance.now();
  let sent = 0;
  for (let batches = 1; sent < Number(packets); batches++) {
    sent += attacker.send();
    if (batches % BATCHES_PER_REQUEST === 0) sent += attacker.request();
    const early = (sent / Number(rate)) * 1000 - (performance.now() - started);
    await new Promise<void>((resolve) => {
      if (early > 1) setTimeout(resolve, early);
      else setImmediate(resolve);
    });
  }
  process.stdout.write(`sent ${sent}\n`);
}

if (process.argv[1] === PROGRAM) {
  await run(process.argv.slice(2));
  process.exit();
}
