/**
 * A program to be run on a host of the lab: `node slow-tftp-program.js FROM SERVER NAME` reads a file by TFTP from an
 * address, as slowly as firmware that copies each block to flash memory. It prints `begun` at the first block, and then
 * `read N octets`.
 */

import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { makeAck, makeRequest, readAnswer } from "../../support/tftp-packet.js";
import type { Host } from "./host.js";
import type { LabProcess } from "./process.js";

const PROGRAM = fileURLToPath(import.meta.url);

/** Time between a block and its acknowledgement. */
const PAUSE_MILLISECONDS = 100;
const BLOCK_SIZE = 512;

/** Starts it on a host. */
export function startSlowTftp(host: Host, from: string, server: string, name: string): LabProcess {
  return host.start(process.execPath, [PROGRAM, from, server, name]);
}

function main([from = "", server = "", name = ""]: readonly string[]): void {
  const socket = createSocket("udp4");
  let [expected, octets] = [1, 0];
  socket.on("message", (packet, { port }) => {
    const answer = readAnswer(packet);
    if (answer.kind !== "data") throw new Error(JSON.stringify(answer));
    if (answer.block !== expected) return;
    if (expected === 1) console.log("begun");
    expected += 1;
    octets += answer.octets.length;
    setTimeout(() => {
      socket.send(makeAck(answer.block), port, server, () => {
        if (answer.octets.length === BLOCK_SIZE) return;
        console.log(`read ${octets} octets`);
        socket.close();
      });
    }, PAUSE_MILLISECONDS);
  });
  socket.bind(0, from, () => {
    socket.send(makeRequest(name), 69, server);
  });
}

if (process.argv[1] === PROGRAM) main(process.argv.slice(2));
