/** The console output of a machine that enforces Secure Boot. */

import type { MachineBoot } from "./machine-boot.js";

/** Follows it from the firmware to the kernel, which tells that Secure Boot is on. */
export async function secureKernel(boot: MachineBoot): Promise<void> {
  await boot.serial(/Welcome to GRUB!/, 180, "the firmware has accepted shim, and shim GRUB");
  await boot.kernel();
  await boot.serial(/secureboot: Secure boot enabled/, 60, "the kernel says that Secure Boot is on");
  await boot.serial(/locked down from EFI Secure Boot/, 60, "and is locked down for that");
}
