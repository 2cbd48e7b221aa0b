/**
 * Abuse of DHCP; a program to be run on a host of the lab: `node abuse-dhcp.js OWN SERVER KIND COUNT TARGET`. It says
 * `done N`, N being how many answers came.
 *
 * `discover`: so many machines that nobody knows ask for an address; `request`: they take it too; `forge`: so many times
 * the address TARGET is given back and declined in the names of others; `fresh`: one machine obtains an address.
 */

import { fileURLToPath } from "node:url";
import { UNSPECIFIED } from "../../../lib/net/ipv4.js";
import { openSystem } from "../../../lib/os/system.js";
import type { Datagram, UdpSocket } from "../../../lib/os/udp.js";
import { makeRequest, quad, readReply, type Reply, type RequestFields } from "../../support/dhcp-packet.js";
import { SeededRandom } from "../../support/random.js";
import { ip } from "../../support/values.js";
import type { Host, LabProcess } from "./lab.js";

const PROGRAM = fileURLToPath(import.meta.url);
const BATCH = 64;
/** Packets sent per second. */
const RATE = 10_000;
/** Answers go to all, since nobody here has the addresses. */
const BROADCAST = 0x8000;

type Options = NonNullable<RequestFields["options"]>;

/** The kind of abuse, how often it happens, and the address that it is sent to. */
export interface DhcpAbuse {
  readonly kind: "discover" | "request" | "forge" | "fresh";
  readonly count?: number;
  readonly target?: string;
}

/** Starts it on a host that has the address `own`. */
export function startDhcpAbuse(host: Host, own: string, server: string, abuse: DhcpAbuse): LabProcess {
  const { kind, count = 1, target = "0.0.0.0" } = abuse;
  return host.start(process.execPath, [PROGRAM, own, server, kind, `${count}`, target]);
}

class Abuser {
  readonly #random = new SeededRandom(1);
  readonly #server: string;
  #socket: UdpSocket | undefined;
  onReply: (reply: Reply) => void = () => undefined;
  answers = 0;

  constructor(server: string) {
    this.#server = server;
  }

  /** Broadcasts are heard by who has no address of its own. */
  async open(own: string): Promise<void> {
    const { network } = await openSystem();
    const onDatagrams = (batch: readonly Datagram[]): void => {
      for (const { payload } of batch) {
        this.answers += 1;
        this.onReply(readReply(payload));
      }
    };
    const handlers = { onDatagrams, onError: () => undefined };
    await network.open({ address: UNSPECIFIED, port: 68 }, handlers);
    this.#socket = await network.open({ address: ip(own), port: 0, broadcast: true }, handlers);
  }

  /** A machine that nobody has met. */
  someone(): string {
    return `06${Array.from({ length: 5 }, () => this.#random.below(256).toString(16).padStart(2, "0")).join("")}`;
  }

  /** Sends so many packets, no faster than may be. */
  async send(count: number, make: (index: number) => Buffer): Promise<void> {
    const started = performance.now();
    for (let sent = 0; sent < count; sent += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, count - sent) }, (_, index) => make(sent + index));
      this.#sendAll(batch);
      const early = (sent / RATE) * 1000 - (performance.now() - started);
      await new Promise<void>((resolve) => {
        if (early > 1) setTimeout(resolve, early);
        else setImmediate(resolve);
      });
    }
  }

  discover(chaddr: string): Buffer {
    return makeRequest({ chaddr, flags: BROADCAST, options: [[53, "01"]] });
  }

  /** Takes what is offered. */
  take({ chaddr, yiaddr }: Reply): void {
    const options: Options = [
      [53, "03"],
      [50, quad(yiaddr)],
      [54, quad(this.#server)],
    ];
    this.#sendAll([makeRequest({ chaddr: chaddr.slice(0, 12), flags: BROADCAST, options })]);
  }

  /** RELEASE and DECLINE of somebody's address by another machine, by identifier, and by way of a relay agent. */
  forged(index: number, target: string): Buffer {
    const names: Options = index % 3 === 0 ? [] : [[61, `01${this.someone()}`]];
    const options: Options = [
      [53, index % 2 === 0 ? "07" : "04"],
      [54, quad(this.#server)],
      [50, quad(target)],
      ...names,
    ];
    return makeRequest({ chaddr: this.someone(), ciaddr: target, options });
  }

  #sendAll(payloads: readonly Buffer[]): void {
    const peer = { address: ip("255.255.255.255"), port: 67 };
    this.#socket?.send(payloads.map((payload) => ({ payload, peer })));
  }
}

/** Asks until it has an address. */
async function obtain(abuser: Abuser): Promise<void> {
  const chaddr = abuser.someone().replace(/^06/, "0a");
  await new Promise<void>((resolve) => {
    const again = setInterval(() => void abuser.send(1, () => abuser.discover(chaddr)), 500);
    abuser.onReply = (reply) => {
      if (!reply.chaddr.startsWith(chaddr)) return;
      if (reply.options.get(53) === "02") abuser.take(reply);
      if (reply.options.get(53) !== "05") return;
      clearInterval(again);
      resolve();
    };
  });
}

async function run([own = "", server = "", kind = "", count = "", target = ""]: readonly string[]): Promise<void> {
  const abuser = new Abuser(server);
  await abuser.open(own);
  if (kind === "fresh") await obtain(abuser);
  else if (kind === "forge") await abuser.send(Number(count), (index) => abuser.forged(index, target));
  else {
    if (kind === "request") {
      abuser.onReply = (reply) => {
        if (reply.options.get(53) === "02") abuser.take(reply);
      };
    }
    await abuser.send(Number(count), () => abuser.discover(abuser.someone()));
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  process.stdout.write(`done ${abuser.answers}\n`);
}

if (process.argv[1] === PROGRAM) {
  await run(process.argv.slice(2));
  process.exit();
}
