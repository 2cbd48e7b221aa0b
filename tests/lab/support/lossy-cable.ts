/**
 * A cable that loses, doubles and reorders frames, where the kernel has no netem; a program to be run on a host of the lab
 * that stands between two others: `node lossy-cable.js ONE OTHER SEED`, with the names of its two interfaces. It hands
 * frames from one to the other and says `ready` when it does; at SIGTERM it says how many it lost, doubled and delayed.
 */

import { Refusal } from "../../../lib/common/refusal.js";
import { fileURLToPath } from "node:url";
import { systemError } from "../../../lib/common/error.js";
import { loadLibc, type Libc } from "../../../lib/os/libc.js";
import { SeededRandom } from "../../support/random.js";
import type { Host, LabProcess } from "./lab.js";

const PROGRAM = fileURLToPath(import.meta.url);

/** Percentages of frames that are lost, doubled, and delayed behind the next ones. */
const [LOST, DOUBLED, LATE] = [5, 2, 3] as const;
const POLL_MILLISECONDS = 1;
const MOST_AT_ONCE = 512;
const LONGEST_FRAME = 65_536;

const AF_PACKET = 17;
const SOCK_RAW_NONBLOCK = 3 | 0o4000;
/** ETH_P_ALL, in network byte order. */
const EVERYTHING = 0x0300;
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;

/** Starts it on a host; returns once frames pass. */
export async function startLossyCable(host: Host, one: string, other: string, seed: number): Promise<LabProcess> {
  const started = host.start(process.execPath, [PROGRAM, one, other, `${seed}`]);
  await started.waitFor(/ready/, 10);
  return started;
}

function openEverything(libc: Libc, interfaceName: string): number {
  const descriptor = libc.socket(AF_PACKET, SOCK_RAW_NONBLOCK, EVERYTHING);
  if (descriptor < 0) throw systemError(libc.errno(), "socket");
  const on = Buffer.from([1, 0, 0, 0]);
  libc.setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, on, on.length);
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16LE(EVERYTHING, 2);
  address.writeInt32LE(libc.if_nametoindex(interfaceName), 4);
  if (libc.bind(descriptor, address, address.length) < 0) throw systemError(libc.errno(), "bind");
  return descriptor;
}

/** One direction of the cable. */
class Way {
  readonly #libc: Libc;
  readonly #from: number;
  readonly #to: number;
  readonly #random: SeededRandom;
  readonly #frame = Buffer.alloc(LONGEST_FRAME);
  #late: Buffer[] = [];
  readonly counts = { passed: 0, lost: 0, doubled: 0, late: 0 };

  constructor(libc: Libc, from: number, to: number, random: SeededRandom) {
    this.#libc = libc;
    this.#from = from;
    this.#to = to;
    this.#random = random;
  }

  pass(): void {
    const kept = this.#late;
    this.#late = [];
    for (let left = MOST_AT_ONCE; left > 0; left--) {
      const length = this.#libc.recv(this.#from, this.#frame, this.#frame.length, 0);
      if (length <= 0) break;
      this.#handle(this.#frame.subarray(0, length));
    }
    for (const frame of kept) this.#send(frame);
  }

  #handle(frame: Buffer): void {
    const fate = this.#random.below(100);
    if (fate < LOST) this.counts.lost += 1;
    else if (fate < LOST + LATE) {
      this.counts.late += 1;
      this.#late.push(Buffer.from(frame));
    } else {
      this.#send(frame);
      if (fate >= 100 - DOUBLED) {
        this.counts.doubled += 1;
        this.#send(frame);
      }
    }
  }

  #send(frame: Buffer): void {
    this.counts.passed += 1;
    const nowhere = Buffer.alloc(0);
    this.#libc.sendto(this.#to, frame, frame.length, 0, nowhere, 0);
  }
}

async function main([one = "", other = "", seed = "1"]: readonly string[]): Promise<void> {
  const libc = await loadLibc();
  if (libc instanceof Refusal) throw new Error(libc.cause);
  const [first, second] = [openEverything(libc, one), openEverything(libc, other)];
  const random = new SeededRandom(Number(seed));
  const ways = [new Way(libc, first, second, random), new Way(libc, second, first, random)];
  setInterval(() => {
    for (const way of ways) way.pass();
  }, POLL_MILLISECONDS);
  process.once("SIGTERM", () => {
    console.log(JSON.stringify(ways.map(({ counts }) => counts)));
    process.exit();
  });
  console.log("ready");
}

if (process.argv[1] === PROGRAM) await main(process.argv.slice(2));
