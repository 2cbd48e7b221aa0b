/**
 * A machine that boots again and again, as it should; a program to be run on a host of the lab:
 * `node well-behaved.js OWN MAC SERVER PERIOD`. Each PERIOD (in milliseconds) it takes its lease, reads a file by TFTP and
 * one by HTTP, and says `served DHCP TFTP HTTP`, each in milliseconds; where one fails, its word is `failed`. OWN is what
 * the server reserves for MAC.
 */

import { createSocket, type Socket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { asError } from "../../lib/common/error.js";
import type { Host, LabProcess } from "../lab/support/lab.js";
import { makeRequest, quad, readReply, type Reply } from "../support/dhcp-packet.js";
import { makeAck, makeRequest as makeReadRequest, readAnswer } from "../support/tftp-packet.js";

const PROGRAM = fileURLToPath(import.meta.url);
/** Times until it asks again, and until it gives up, in milliseconds. */
const AGAIN = 300;
const PATIENCE = 5000;

/** Starts it on a host that has the address `own`. @param period from one boot to the next, in milliseconds */
export function startWellBehaved(host: Host, own: string, mac: string, server: string, period = 1000): LabProcess {
  return host.start(process.execPath, [PROGRAM, own, mac, server, `${period}`]);
}

/** Sends until what `take` wants has come. */
function ask<T>(socket: Socket, send: () => void, take: (data: Buffer, port: number) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const again = setInterval(send, AGAIN);
    const onMessage = (data: Buffer, { port }: { readonly port: number }): void => {
      try {
        const taken = take(data, port);
        if (taken !== undefined)
          end(() => {
            resolve(taken);
          });
      } catch (error) {
        // A refusal means that one boot failed; the machine boots again.
        end(() => {
          reject(asError(error));
        });
      }
    };
    const late = setTimeout(() => {
      end(() => {
        reject(new Error("no answer"));
      });
    }, PATIENCE);
    function end(finish: () => void): void {
      clearInterval(again);
      clearTimeout(late);
      socket.off("message", onMessage);
      finish();
    }
    socket.on("message", onMessage);
    send();
  });
}

let xid = 1;

async function takeLease(socket: Socket, own: string, chaddr: string): Promise<void> {
  const exchange = async (
    type: string,
    wanted: string,
    ...options: readonly (readonly [number, string])[]
  ): Promise<Reply> => {
    xid += 1;
    const request = makeRequest({ xid, chaddr, options: [[53, type], ...options] });
    return ask(
      socket,
      () => {
        socket.send(request, 67, "255.255.255.255");
      },
      (data) => {
        const reply = readReply(data);
        return reply.xid === xid && reply.options.get(53) === wanted ? reply : undefined;
      },
    );
  };
  const offer = await exchange("01", "02");
  const ack = await exchange("03", "05", [54, offer.options.get(54) ?? ""], [50, quad(offer.yiaddr)]);
  if (ack.yiaddr !== own) throw new Error(`got ${ack.yiaddr}`);
}

async function readByTftp(server: string): Promise<void> {
  const socket = createSocket("udp4");
  try {
    let peer = 69;
    let packet = makeReadRequest("boot.0", { blksize: 1400 });
    let [block, length] = [0, 0];
    for (let last = false; !last;) {
      const data = await ask(
        socket,
        () => {
          socket.send(packet, peer, server);
        },
        (octets, port) => {
          // RFC 1350 4: what comes from another TID is not of this transfer.
          if (peer !== 69 && port !== peer) return undefined;
          const answer = readAnswer(octets);
          if (answer.kind === "error") throw new Error(answer.text);
          peer = port;
          if (answer.kind === "oack") return block === 0 && length === 0 ? Buffer.alloc(0) : undefined;
          return answer.block === block + 1 ? answer.octets : undefined;
        },
      );
      if (data.length > 0) block += 1;
      length += data.length;
      last = block > 0 && data.length < 1400;
      packet = makeAck(block);
    }
    await new Promise((resolve) => {
      socket.send(packet, peer, server, resolve);
    });
    if (length !== 20_000) throw new Error(`${length} octets`);
  } finally {
    socket.close();
  }
}

async function readByHttp(server: string): Promise<void> {
  const response = await fetch(`http://${server}/boot.0`, { signal: AbortSignal.timeout(PATIENCE) });
  const { byteLength } = await response.arrayBuffer();
  if (response.status !== 200 || byteLength !== 20_000) throw new Error(`status ${response.status}`);
}

async function timed(action: Promise<void>): Promise<string> {
  const started = performance.now();
  try {
    await action;
    return (performance.now() - started).toFixed(0);
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    return "failed";
  }
}

async function run([own = "", mac = "", server = "", period = ""]: readonly string[]): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(68, resolve));
  socket.setBroadcast(true);
  for (;;) {
    const pause = new Promise((resolve) => setTimeout(resolve, Number(period)));
    const dhcp = await timed(takeLease(socket, own, mac));
    const [tftp, http] = [await timed(readByTftp(server)), await timed(readByHttp(server))];
    process.stdout.write(`served ${dhcp} ${tftp} ${http}\n`);
    await pause;
  }
}

if (process.argv[1] === PROGRAM) await run(process.argv.slice(2));
