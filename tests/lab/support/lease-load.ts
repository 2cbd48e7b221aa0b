/**
 * Many machines behind one relay agent; a program to be run on a host of the lab: `node lease-load.js OWN SERVER COUNT
 * PATIENCE`.
 *
 * Each takes an address, asking again for what is not answered in PATIENCE milliseconds; the program says
 * `ACK MAC ADDRESS` for each, and at the end `unanswered` with how many requests were not, and `done`. At SIGUSR2 each
 * asks whether it still has its address, as after a reboot; the program says `kept`, `refused` or `unknown` with MAC and
 * address, and `checked` at the end.
 */

import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { makeRequest, quad, readReply, type RequestFields } from "../../support/dhcp-packet.js";
import type { Host, LabProcess } from "./lab.js";

const PROGRAM = fileURLToPath(import.meta.url);

const SERVER_PORT = 67;
/** The number of machines that ask at the same time. */
const AT_ONCE = 50;
/** Default time until a machine asks again, in milliseconds. */
const PATIENCE = 250;
/** The number of times that it requests its former address. */
const TRIES = 8;

const [OFFER, ACK, NAK] = ["02", "05", "06"] as const;

/**
 * Starts the machines on a host that has the address `own`.
 *
 * @param patience after how long a machine asks again, in milliseconds
 */
export function startLoad(host: Host, own: string, server: string, count: number, patience = PATIENCE): LabProcess {
  return host.start(process.execPath, [PROGRAM, own, server, `${count}`, `${patience}`]);
}

/** An answer: its type, the address, and the server. */
interface Answer {
  readonly type: string;
  readonly address: string;
  /** Option 54 in hexadecimal. */
  readonly server: string;
  readonly nextServer: string;
}

/** A machine's way to the server and back. */
export class Agent {
  readonly #socket = createSocket("udp4");
  readonly #waiting = new Map<number, (answer: Answer | undefined) => void>();
  readonly #own: string;
  readonly #server: string;
  readonly #patience: number;
  #xid = 1;
  /** The number of requests without an answer in time. */
  unanswered = 0;

  constructor(own: string, server: string, patience: number) {
    this.#own = own;
    this.#server = server;
    this.#patience = patience;
    this.#socket.on("message", (data) => {
      const { xid, yiaddr, siaddr, options } = readReply(data);
      const [type = "", server = ""] = [options.get(53), options.get(54)];
      this.#waiting.get(xid)?.({ type, address: yiaddr, server, nextServer: siaddr });
    });
    // The server is away for a while.
    this.#socket.on("error", () => undefined);
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.bind(SERVER_PORT, this.#own, resolve));
    this.#socket.setBroadcast(true);
  }

  /** Asks once. @returns undefined where no answer came */
  ask(chaddr: string, options: RequestFields["options"]): Promise<Answer | undefined> {
    const xid = this.#xid++;
    const request = makeRequest({ xid, chaddr, giaddr: this.#own, hops: 1, options: options ?? [] });
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.unanswered += 1;
        this.#waiting.get(xid)?.(undefined);
      }, this.#patience);
      this.#waiting.set(xid, (answer) => {
        clearTimeout(timer);
        this.#waiting.delete(xid);
        resolve(answer);
      });
      this.#socket.send(request, SERVER_PORT, this.#server, () => undefined);
    });
  }
}

/** DISCOVER and REQUEST until there is an ACK. @returns it */
export async function obtain(agent: Agent, mac: string): Promise<Answer> {
  for (;;) {
    const offer = await agent.ask(mac, [[53, "01"]]);
    if (offer?.type !== OFFER) continue;
    const selecting = [
      [53, "03"],
      [54, offer.server],
      [50, quad(offer.address)],
    ] as const;
    const ack = await agent.ask(mac, selecting);
    if (ack?.type === ACK) return ack;
  }
}

/** INIT-REBOOT, RFC 2131 4.3.2. */
async function confirm(agent: Agent, mac: string, address: string): Promise<string> {
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await agent.ask(mac, [
      [53, "03"],
      [50, quad(address)],
    ]);
    if (answer?.type === ACK && answer.address === address) return "kept";
    if (answer?.type === NAK) return "refused";
  }
  return "unknown";
}

/** Runs `work` for each item, so many at a time. */
export async function forAll<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function main(own: string, server: string, count: number, patience: number): Promise<void> {
  const agent = new Agent(own, server, patience);
  await agent.open();
  const addresses = new Map<string, string>();
  process.on("SIGUSR2", () => {
    void forAll([...addresses], async ([mac, address]) => {
      console.log(`${await confirm(agent, mac, address)} ${mac} ${address}`);
    }).then(() => {
      console.log("checked");
    });
  });
  const macs = Array.from({ length: count }, (_, index) => `02000000${index.toString(16).padStart(4, "0")}`);
  await forAll(macs, async (mac) => {
    const { address } = await obtain(agent, mac);
    addresses.set(mac, address);
    console.log(`ACK ${mac} ${address}`);
  });
  console.log(`unanswered ${agent.unanswered}\ndone`);
}

if (process.argv[1] === PROGRAM) {
  const [own = "", server = "", count, patience] = process.argv.slice(2);
  await main(own, server, Number(count), Number(patience));
}
