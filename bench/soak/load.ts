import { fileURLToPath } from "node:url";
import { SERVER, type ClientLab } from "../../tests/lab/support/client-lab.js";
import { startLoad } from "../../tests/lab/support/lease-load.js";
import type { Host, LabProcess } from "../../tests/lab/support/lab.js";
import { startAttacker } from "../../tests/fuzz/attacker.js";
import { startWellBehaved } from "../../tests/fuzz/well-behaved.js";

/** The machine whose waits are measured, and the address that is reserved for it. */
export const WATCHED = { address: "10.77.0.8", mac: "52:54:00:77:00:08" } as const;

/** Machines that take their leases over and over, behind a relay agent. */
const MACHINES = 100;
/** The first of their addresses. What is not reserved the one who means ill takes sooner or later. */
const FIRST_MACHINE = 20;
/** Hostile packets a second. */
const HOSTILE_RATE = 200;

const PROBE = fileURLToPath(new URL("probe.js", import.meta.url));

/** `[static_dhcp]`: the addresses of those that are to be served throughout. */
export function reservations(): string {
  const machines = Array.from({ length: MACHINES }, (_, index) => {
    const mac = `02-00-00-00-00-${index.toString(16).padStart(2, "0")}`;
    return `${mac} = 10.77.0.${FIRST_MACHINE + index}`;
  });
  const watched = `${WATCHED.mac.replaceAll(":", "-")} = ${WATCHED.address}`;
  return `[static_dhcp]\n${[watched, ...machines].join("\n")}\n`;
}

/** The command that runs a daemon with its event loop watched. */
export function probed(file: string): readonly string[] {
  return ["env", `SOAK_PROBE=${file}`, `NODE_OPTIONS=--import=${PROBE}`];
}

/**
 * Everything at once, until the lab is closed: one machine whose waits are measured, many that take leases, readers by
 * TFTP and by HTTP, and somebody who means ill.
 *
 * @returns the measured one
 */
export async function startMixedLoad(net: ClientLab, seconds: number): Promise<LabProcess> {
  const [good, crowd] = [await net.client("good", `${WATCHED.address}/24`), await net.client("crowd", "10.77.0.9/24")];
  const [readers, hostile] = [
    await net.client("readers", "10.77.0.10/24"),
    await net.client("hostile", "10.77.0.11/24"),
  ];
  await good.must("ip", ["link", "set", "eth0", "address", WATCHED.mac]);
  await good.must("ip", ["route", "add", "default", "dev", "eth0"]);
  void leaseForEver(crowd);
  for (const scheme of ["tftp", "tftp", "http"]) {
    const fetch = `while :; do curl -s --max-time 60 -o /dev/null ${scheme}://${SERVER}/big; sleep 1; done`;
    readers.start("sh", ["-c", fetch]);
  }
  const packets = seconds * HOSTILE_RATE;
  startAttacker(hostile, "10.77.0.11", SERVER, { seed: 1, packets, rate: HOSTILE_RATE });
  return startWellBehaved(good, WATCHED.address, WATCHED.mac, SERVER);
}

/** Runs until the host is gone. */
async function leaseForEver(crowd: Host): Promise<void> {
  for (;;) {
    const load = startLoad(crowd, "10.77.0.9", SERVER, MACHINES);
    const done = await load.waitFor(/^done$/m, 120).then(
      () => true,
      () => false,
    );
    await load.stop();
    if (!done) return;
  }
}
