/** A virtual machine of the lab: QEMU without a disk, whose only way to boot is its network card. */

import { board, firmwareTools, type Firmware } from "./firmware.js";
import type { Lab } from "./lab.js";
import type { LabProcess } from "./process.js";
import type { Switch } from "./switch.js";
import { withoutEscapes } from "./transcript.js";

/** Files of the Debian packages qemu-system-x86, ovmf and ipxe-qemu that PCs need; for skipReason(). */
export const MACHINE_TOOLS = [
  ...firmwareTools("bios"),
  ...firmwareTools("uefi"),
  "/usr/lib/ipxe/qemu/pxe-virtio.rom",
  "/dev/net/tun",
] as const;

export interface MachineOptions {
  /** The switch that the machine's cable leads to. */
  readonly network: Switch;
  readonly mac: string;
  readonly firmware: Firmware;
  /** A network card model of QEMU's; virtio-net-pci unless told. */
  readonly card?: string;
  /** 1024 unless told: what Debian's installer needs. */
  readonly memoryMebibytes?: number;
}

let machines = 0;

export class Machine {
  readonly #process: LabProcess;

  private constructor(process: LabProcess) {
    this.#process = process;
  }

  /**
   * Switches a machine on. It is emulated, /dev/kvm or not: nested KVM stops in the midst of iPXE's real mode code
   * ("KVM internal error"), and a test should not depend on where it runs. Its first serial port is the console.
   */
  static async start(lab: Lab, options: MachineOptions): Promise<Machine> {
    const number = ++machines;
    const tap = await options.network.tap();
    const model = options.card ?? "virtio-net-pci";
    // BIOS boots by the card's ROM, which is iPXE. UEFI does without where EDK II has a driver of its own: then DHCP
    // and TFTP are all its own; on another card it takes the driver from the ROM.
    const rom = options.firmware !== "bios" && model.startsWith("virtio") ? ",romfile=" : "";
    const card = `${model},netdev=net0,mac=${options.mac},bootindex=1${rom}`;
    const memory = ["-m", String(options.memoryMebibytes ?? 1024)];
    const { command, options: soldered } = board(lab, options.firmware, number);
    const started = options.network.host.start(command, [
      ...["-accel", "tcg", ...memory],
      ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-vga", "none"],
      ...soldered,
      ...["-netdev", `tap,id=net0,ifname=${tap},script=no,downscript=no`, "-device", card],
      ...["-uuid", `77000000-0000-4000-8000-${options.mac.replaceAll(":", "")}`],
      // The installer waits for random numbers where the machine has no source of them.
      ...["-device", "virtio-rng-pci"],
      ...["-serial", "stdio"],
    ]);
    return new Machine(started);
  }

  /** The serial console so far, without the escape sequences that colour it and move its cursor. */
  get console(): string {
    return withoutEscapes(this.#process.output);
  }

  /** The first match on the serial console (as it came, escape sequences and all); throws after `timeoutSeconds`. */
  waitFor(wanted: RegExp, timeoutSeconds: number, from = 0): Promise<RegExpExecArray> {
    return this.#process.waitFor(wanted, timeoutSeconds, from);
  }

  /** Waits for `promise`; throws at once, with the console output, where the machine ends before. */
  during<T>(promise: Promise<T>): Promise<T> {
    const died = this.#process.ended.then((code) => {
      throw new Error(`the machine ended (exit code ${code}); its console:\n${this.console}`);
    });
    return Promise.race([promise, died]);
  }

  /** Pulls the plug. */
  async stop(): Promise<void> {
    await this.#process.stop("SIGKILL");
  }
}
