/** UEFI machines that enforce Secure Boot; beside dnsmasq one is in the lab's machine-proxy.test.ts. */

import { ipxeIni, IPXE_PROGRAMS } from "../lab/support/ipxe.js";
import { machineTest } from "../lab/support/machine-boot.js";
import { secureKernel } from "../lab/support/secure-boot.js";

const signed = { firmware: "uefi-secure", mac: "52:54:00:77:05:01" } as const;
await machineTest("UEFI with Secure Boot: PXE -> shim -> GRUB -> signed kernel", signed, async (_t, boot) => {
  await secureKernel(boot);
  await boot.off();
});

const unsigned = { firmware: "uefi-secure", mac: "52:54:00:77:05:02", ini: ipxeIni(), tools: IPXE_PROGRAMS } as const;
await machineTest("UEFI with Secure Boot: PXE -> ipxe.efi, which is not signed", unsigned, async (t, boot) => {
  await boot.logged(/sent "ipxe\/ipxe\.efi"/, 180, "the firmware fetches iPXE");
  await boot.serial(/Access Denied|Security Violation/, 60, "and does not run it");
  await boot.off();
  t.notMatch(boot.machine.console, /iPXE initialising devices/);
});
