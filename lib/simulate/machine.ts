import { tftpTwin } from "../machine/architecture.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { Uuid } from "../net/uuid.js";

/** What a machine has by way of firmware. */
export type Firmware = "bios" | "uefi" | "http";

/** How far a machine is: its firmware asks, iPXE does, or its operating system. */
export type BootStage = "rom" | "ipxe" | "os";

/** A machine that there need not be. */
export interface SimulatedMachine {
  readonly mac: Mac;
  readonly uuid: Uuid;
  readonly stage: BootStage;
  readonly firmware: Firmware;
  /** The number of option 93. */
  readonly architecture: number;
  /** The relay agent that it is behind. */
  readonly via: Ipv4 | undefined;
}

/** The architecture of firmware that names none: an ordinary PC's. */
export function usualArchitecture(firmware: Firmware): number {
  return { bios: 0, uefi: 7, http: 16 }[firmware];
}

/** What firmware an architecture has. */
export function firmwareOf(architecture: number): Firmware {
  if (tftpTwin(architecture) !== undefined) return "http";
  return architecture === 0 ? "bios" : "uefi";
}

/** The same machine when iPXE runs on it, which boots by TFTP's numbers whatever its firmware did. */
export function withIpxeRunning(machine: SimulatedMachine): SimulatedMachine {
  const architecture = tftpTwin(machine.architecture) ?? machine.architecture;
  return { ...machine, stage: "ipxe", architecture };
}
