/**
 * A program to be run on a host of the lab: `node frame-program.js INTERFACE MAC` sends a frame at each SIGUSR2, and
 * says what the system refuses.
 */

import { Refusal } from "../../../lib/common/refusal.js";
import { fileURLToPath } from "node:url";
import { openFrameSender } from "../../../lib/os/frame-sender.js";
import { loadLibc } from "../../../lib/os/libc.js";
import { ip, mac } from "../../support/values.js";
import type { Host, LabProcess } from "./lab.js";

/** The destination of its frames. */
export const TO = "10.77.0.9";

const PROGRAM = fileURLToPath(import.meta.url);

/** Starts the program on a host; returns once it is ready. */
export async function startFrames(host: Host, interfaceName: string, address: string): Promise<LabProcess> {
  const started = host.start(process.execPath, [PROGRAM, interfaceName, address]);
  await started.waitFor(/ready/, 10);
  return started;
}

async function main(interfaceName: string, address: string): Promise<void> {
  const libc = await loadLibc();
  if (libc instanceof Refusal) throw new Error(libc.cause);
  const frames = openFrameSender(libc, interfaceName, (error) => {
    console.log(error.message);
  });
  const frame = {
    source: { address: ip("10.77.0.1"), port: 67 },
    destination: { address: ip(TO), port: 68 },
    payload: Buffer.from("a reply"),
    mac: mac(address),
  };
  process.on("SIGUSR2", () => {
    frames.send(frame);
  });
  // Signals alone do not keep Node.js running.
  setInterval(() => undefined, 60_000);
  console.log("ready");
}

if (process.argv[1] === PROGRAM) await main(process.argv[2] ?? "", process.argv[3] ?? "");
