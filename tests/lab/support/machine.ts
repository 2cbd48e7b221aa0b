/** A virtual machine of the lab: QEMU without a disk, whose only way to boot is its network card. */

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./lab.js";
import type { LabProcess } from "./process.js";
import type { Switch } from "./switch.js";
import { withoutEscapes } from "./transcript.js";

const OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd";

/** What a machine needs of the Debian packages qemu-system-x86, ovmf and ipxe-qemu; for skipReason(). */
export const MACHINE_TOOLS = [
  "qemu-system-x86_64",
  "/usr/lib/ipxe/qemu/pxe-virtio.rom",
  "/usr/share/seabios/bios-256k.bin",
  OVMF_CODE,
  OVMF_VARS,
  "/dev/net/tun",
] as const;

/** `uefi` boots by PXE; `uefi-http` is the same firmware with PXE switched off, so that it boots by HTTP. */
export type Firmware = "bios" | "uefi" | "uefi-http";

export interface MachineOptions {
  /** Where the machine's cable goes. */
  readonly network: Switch;
  readonly mac: string;
  readonly firmware: Firmware;
  /** A network card model of QEMU's; virtio-net-pci unless told. */
  readonly card?: string;
  /** 1024 unless told: what Debian's installer needs. */
  readonly memoryMebibytes?: number;
}

let machines = 0;

/** QEMU's options for the firmware; UEFI keeps its variables in a copy of its own. */
function firmwareOptions(lab: Lab, firmware: Firmware, number: number): string[] {
  if (firmware === "bios") return ["-machine", "pc,graphics=off", "-boot", "n"];
  const variables = join(lab.directory, `vars-${number}.fd`);
  copyFileSync(OVMF_VARS, variables);
  const flash = (unit: number, file: string, more: string): string[] => [
    "-drive",
    `if=pflash,unit=${unit},format=raw,file=${file}${more}`,
  ];
  const pxe = firmware === "uefi" ? ["4"] : [];
  // Whether EDK II starts PXE by IPv4 and IPv6; without these it tries each for a while before it comes to HTTP.
  const versions = ["4", "6"].flatMap((version) => [
    "-fw_cfg",
    `name=opt/org.tianocore/IPv${version}PXESupport,string=${pxe.includes(version) ? "y" : "n"}`,
  ]);
  return ["-machine", "q35", ...flash(0, OVMF_CODE, ",readonly=on"), ...flash(1, variables, ""), ...versions];
}

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
    const started = options.network.host.start("qemu-system-x86_64", [
      ...["-accel", "tcg", "-cpu", "max", ...memory],
      ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-vga", "none"],
      ...firmwareOptions(lab, options.firmware, number),
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

  /** What `promise` gives; throws at once, with the console, should the machine end before. */
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
