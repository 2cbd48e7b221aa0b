/** The firmware that a machine of the lab can have, and the QEMU that it takes. */

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./lab.js";

const OVMF = "/usr/share/OVMF";
const AAVMF = "/usr/share/AAVMF";

/**
 * `uefi` boots by PXE; `uefi-http` is the same firmware with PXE switched off, so that it boots by HTTP; `uefi-secure`
 * enforces Secure Boot with Microsoft's keys; `uefi-arm64` is another processor.
 */
export type Firmware = "bios" | "uefi" | "uefi-http" | "uefi-secure" | "uefi-arm64";

/** A QEMU, and what is soldered on its board. */
export interface Board {
  /** QEMU's program. */
  readonly command: string;
  /** The processor and the board, without memory and cards. */
  readonly options: readonly string[];
  /** Files with the firmware. EFI keeps its variables in a copy of the second. */
  readonly flash?: readonly [code: string, variables: string];
  /** Whether EDK II may start PXE; without it HTTP Boot comes first, and with it no machine gets there. */
  readonly pxe?: boolean;
}

const PC: Pick<Board, "command"> = { command: "qemu-system-x86_64" };
const PC_PROCESSOR = ["-cpu", "max"] as const;

const BOARDS: Readonly<Record<Firmware, Board>> = {
  bios: { ...PC, options: [...PC_PROCESSOR, "-machine", "pc,graphics=off", "-boot", "n"] },
  uefi: {
    ...PC,
    options: [...PC_PROCESSOR, "-machine", "q35"],
    flash: [`${OVMF}/OVMF_CODE_4M.fd`, `${OVMF}/OVMF_VARS_4M.fd`],
    pxe: true,
  },
  "uefi-http": {
    ...PC,
    options: [...PC_PROCESSOR, "-machine", "q35"],
    flash: [`${OVMF}/OVMF_CODE_4M.fd`, `${OVMF}/OVMF_VARS_4M.fd`],
    pxe: false,
  },
  // Only code in System Management Mode may write these variables, as Secure Boot requires.
  "uefi-secure": {
    ...PC,
    options: [
      ...[...PC_PROCESSOR, "-machine", "q35,smm=on"],
      ...["-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"],
    ],
    flash: [`${OVMF}/OVMF_CODE_4M.secboot.fd`, `${OVMF}/OVMF_VARS_4M.ms.fd`],
    pxe: true,
  },
  // `max` has pointer authentication, which is slow to emulate.
  "uefi-arm64": {
    command: "qemu-system-aarch64",
    options: ["-cpu", "cortex-a57", "-machine", "virt"],
    flash: [`${AAVMF}/AAVMF_CODE.fd`, `${AAVMF}/AAVMF_VARS.fd`],
    pxe: true,
  },
};

/** Which commands and files of Debian packages a firmware takes; for skipReason(). */
export function firmwareTools(firmware: Firmware): readonly string[] {
  const { command, flash } = BOARDS[firmware];
  return [command, ...(flash ?? ["/usr/share/seabios/bios-256k.bin"])];
}

/** QEMU's program and its options for the firmware; `number` tells the lab's machines apart. */
export function board(lab: Lab, firmware: Firmware, number: number): Pick<Board, "command" | "options"> {
  const { command, options, flash, pxe = true } = BOARDS[firmware];
  if (flash === undefined) return { command, options };
  const [code, template] = flash;
  const variables = join(lab.directory, `vars-${number}.fd`);
  copyFileSync(template, variables);
  const chip = (unit: number, file: string, more: string): string[] => [
    "-drive",
    `if=pflash,unit=${unit},format=raw,file=${file}${more}`,
  ];
  // Whether EDK II starts PXE by IPv4 and IPv6; without these it tries each for a while before it comes to HTTP.
  const versions = ["4", "6"].flatMap((version) => [
    "-fw_cfg",
    `name=opt/org.tianocore/IPv${version}PXESupport,string=${pxe && version === "4" ? "y" : "n"}`,
  ]);
  return { command, options: [...options, ...chip(0, code, ",readonly=on"), ...chip(1, variables, ""), ...versions] };
}
