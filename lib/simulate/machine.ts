import { tftpTwin } from "../machine/architecture.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { Uuid } from "../net/uuid.js";

/** The kind of firmware of a machine. */
export type Firmware = "bios" | "uefi" | "http";

/** The program that sends the requests: the firmware, iPXE or the operating system. */
export type BootStage = "rom" | "ipxe" | "os";

/** A simulated machine, which need not exist. */
export interface SimulatedMachine {
  readonly mac: Mac;
  readonly uuid: Uuid;
  readonly stage: BootStage;
  readonly firmware: Firmware;
  /** The architecture number in option 93. */
  readonly architecture: number;
  /** The address of the relay agent in front of the machine, if any. */
  readonly via: Ipv4 | undefined;
}

/** Returns the usual architecture of a kind of firmware: that of an ordinary PC. */
export function usualArchitecture(firmware: Firmware): number {
  return { bios: 0, uefi: 7, http: 16 }[firmware];
}

/** Returns the kind of firmware of an architecture. */
export function firmwareOf(architecture: number): Firmware {
  if (tftpTwin(architecture) !== undefined) return "http";
  return architecture === 0 ? "bios" : "uefi";
}

/**
 * Returns the same machine running iPXE, which reports the architecture number for TFTP whatever its firmware reported.
 */
export function withIpxeRunning(machine: SimulatedMachine): SimulatedMachine {
  const architecture = tftpTwin(machine.architecture) ?? machine.architecture;
  return { ...machine, stage: "ipxe", architecture };
}
