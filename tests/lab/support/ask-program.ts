/**
 * A program to be run on a host of the lab: `node ask-program.js FROM TO COUNT HEX` sends a datagram from a port of the
 * host's to another, both as `address:port`, and prints what comes back: COUNT lines of JSON.
 */

import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { readReply, type Reply } from "../../support/dhcp-packet.js";
import type { Host } from "./lab.js";

const PROGRAM = fileURLToPath(import.meta.url);

/** A reply, and whom it came from. */
export interface Heard extends Reply {
  /** `address:port` */
  readonly from: string;
}

/**
 * Sends a DHCP message from a host, and waits for so many answers.
 *
 * @param from as `address:port`; 0.0.0.0 for a machine that has no address yet
 */
export async function askFrom(
  host: Host,
  { from, to }: { readonly from: string; readonly to: string },
  message: Buffer,
  count: number,
): Promise<readonly Heard[]> {
  const printed = await host.must(process.execPath, [PROGRAM, from, to, `${count}`, message.toString("hex")]);
  const lines = printed.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const { from: sender, hex } = JSON.parse(line) as { readonly from: string; readonly hex: string };
    return { ...readReply(Buffer.from(hex, "hex")), from: sender };
  });
}

function main([from = "", to = "", count = "", hex = ""]: readonly string[]): void {
  const [address, port] = from.split(":");
  const [peer, peerPort] = to.split(":");
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  let left = Number(count);
  const end = (): void => {
    if (left === 0) socket.close();
  };
  socket.on("message", (answer, sender) => {
    console.log(JSON.stringify({ from: `${sender.address}:${sender.port}`, hex: answer.toString("hex") }));
    left -= 1;
    end();
  });
  socket.bind(Number(port), address, () => {
    socket.setBroadcast(true);
    socket.send(Buffer.from(hex, "hex"), Number(peerPort), peer, end);
  });
}

if (process.argv[1] === PROGRAM) main(process.argv.slice(2));
