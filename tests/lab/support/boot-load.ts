/**
 * Many machines that boot; a program to be run on a host of the lab: `node boot-load.js OWN SERVER COUNT FILE SIZE`.
 *
 * Each takes an address through a relay agent at OWN, which asks SERVER or broadcasts to it, then reads FILE by TFTP from
 * the server that it is told, SIZE octets of {@link countedOctets}. What
 * is not answered is asked again, as ROMs do; who gives up begins anew, as a person at the machine would have it. The
 * program says `booted MAC ADDRESS SERVER TRIES` or `failed MAC REASON` of each, `wrong MAC` where octets are not the file's, and
 * `done` at the end.
 */

import { createSocket, type Socket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { countedOctets } from "../../support/files.js";
import { makeAck, makeRequest, readAnswer } from "../../support/tftp-packet.js";
import type { Host, LabProcess } from "./lab.js";
import { Agent, forAll, obtain } from "./lease-load.js";

const PROGRAM = fileURLToPath(import.meta.url);

/** Like a boot ROM: milliseconds until it asks again, and the number of tries before it gives up. */
const PATIENCE = 1000;
const ATTEMPTS = 6;
/** The number of times that a person switches it on again. */
const TRIES = 15;
const BLOCK = 1400;

/** The file that the machines boot. */
export interface BootFile {
  readonly name: string;
  readonly size: number;
}

/** Starts the machines on a host that has the address `own`. */
export function startBoots(host: Host, own: string, server: string, count: number, file: BootFile): LabProcess {
  return host.start(process.execPath, [PROGRAM, own, server, `${count}`, file.name, `${file.size}`]);
}

/** One read, lock-step. */
class Reader {
  readonly #socket: Socket = createSocket("udp4");
  readonly #server: string;
  readonly #expected: Buffer;
  #peer = 69;
  #packet: Buffer;
  #block = 0;
  #octets = 0;

  constructor(server: string, name: string, expected: Buffer) {
    this.#server = server;
    this.#expected = expected;
    this.#packet = makeRequest(name, { blksize: BLOCK, tsize: 0 });
  }

  /** @throws where the server says so, is silent for too long, or sends what is not the file */
  read(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      let attempts = 1;
      const send = (): void => {
        this.#socket.send(this.#packet, this.#peer, this.#server, () => undefined);
      };
      const again = setInterval(() => {
        attempts += 1;
        if (attempts > ATTEMPTS) reject(new Error(`silence after ${this.#octets} octets`));
        else send();
      }, PATIENCE);
      this.#socket.on("error", reject);
      this.#socket.on("message", (data, { port }) => {
        try {
          if (!this.#take(data, port)) return;
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        attempts = 1;
        again.refresh();
        send();
        if (this.#octets === this.#expected.length && this.#block > 0) setImmediate(resolve);
      });
      this.#socket.once("close", () => {
        clearInterval(again);
      });
      send();
    }).finally(() => {
      this.#socket.close();
    });
  }

  /** @returns whether there is something to answer */
  #take(data: Buffer, port: number): boolean {
    if (this.#peer !== 69 && port !== this.#peer) return false;
    const answer = readAnswer(data);
    if (answer.kind === "error") throw new Error(`ERROR ${answer.code} ${answer.text}`);
    this.#peer = port;
    if (answer.kind === "oack") {
      this.#packet = makeAck(0);
      return this.#block === 0;
    }
    if (answer.block !== ((this.#block + 1) & 0xffff)) return false;
    const wanted = this.#expected.subarray(this.#octets, this.#octets + answer.octets.length);
    if (!answer.octets.equals(wanted)) throw new WrongOctets();
    this.#block += 1;
    this.#octets += answer.octets.length;
    this.#packet = makeAck(this.#block & 0xffff);
    return true;
  }
}

class WrongOctets extends Error {}

async function boot(agent: Agent, mac: string, name: string, expected: Buffer): Promise<void> {
  let reason = "";
  for (let tries = 1; tries <= TRIES; tries++) {
    const { address, nextServer } = await obtain(agent, mac);
    try {
      await new Reader(nextServer, name, expected).read();
      console.log(`booted ${mac} ${address} ${nextServer} ${tries}`);
      return;
    } catch (error) {
      reason = String(error);
      if (error instanceof WrongOctets) {
        console.log(`wrong ${mac}`);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    }
  }
  console.log(`failed ${mac} ${reason}`);
}

async function main([own = "", server = "", count = "", name = "", size = ""]: readonly string[]): Promise<void> {
  const agent = new Agent(own, server, PATIENCE);
  await agent.open();
  const expected = countedOctets(Number(size));
  const macs = Array.from({ length: Number(count) }, (_, index) => `02000000${index.toString(16).padStart(4, "0")}`);
  await forAll(macs, (mac) => boot(agent, mac, name, expected));
  console.log("done");
}

if (process.argv[1] === PROGRAM) await main(process.argv.slice(2));
