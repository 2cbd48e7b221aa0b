/**
 * A program to be run on a host of the lab: machines that look for an address, one after the other, each with a hardware
 * address of its own. It prints `offered ADDRESS` for each offer, until it is ended.
 */

import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { makeRequest, readReply } from "../../support/dhcp-packet.js";
import type { Host } from "./host.js";
import type { LabProcess } from "./process.js";

const PROGRAM = fileURLToPath(import.meta.url);

/** Time between two machines. */
const PAUSE_MILLISECONDS = 100;
/** Maximum number of machines. */
const MOST_MACHINES = 1000;

/** Starts it on a host, which may have an address or none. */
export function startDiscovering(host: Host): LabProcess {
  return host.start(process.execPath, [PROGRAM]);
}

function main(): void {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", (answer) => {
    const { chaddr, yiaddr } = readReply(answer);
    if (chaddr.startsWith("0200")) console.log(`offered ${yiaddr}`);
  });
  socket.bind(68, "0.0.0.0", () => {
    socket.setBroadcast(true);
    let count = 0;
    const timer = setInterval(() => {
      count += 1;
      if (count === MOST_MACHINES) clearInterval(timer);
      const chaddr = `0200${count.toString(16).padStart(8, "0")}`;
      const discover = makeRequest({ xid: count, chaddr, flags: 0x8000, options: [[53, "01"]] });
      socket.send(discover, 67, "255.255.255.255");
    }, PAUSE_MILLISECONDS);
  });
}

if (process.argv[1] === PROGRAM) main();
