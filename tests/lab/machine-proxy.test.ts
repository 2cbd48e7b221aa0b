/**
 * A UEFI machine that enforces Secure Boot boots Debian's installer beside dnsmasq: its address from there, its boot files
 * from pybootd. GRUB of Debian 12 asks for its own at `siaddr` of the server that gave the address, so that names us.
 */

import { SERVER } from "./support/boot-lab.js";
import { machineTest } from "./support/machine-boot.js";
import { checkProxy, PROXY_INI } from "./support/proxy.js";
import { secureKernel } from "./support/secure-boot.js";

const options = {
  firmware: "uefi-secure",
  mac: "52:54:00:77:00:06",
  ini: PROXY_INI,
  dnsmasq: [`--dhcp-boot=,,${SERVER}`],
} as const;
const title = "UEFI with Secure Boot, beside dnsmasq: PXE -> shim -> GRUB -> signed kernel";
await machineTest(title, options, async (t, boot) => {
  await boot.serial(/NBP filename is debian-installer\/amd64\/bootnetx64\.efi/, 120, "the firmware was told of shim");
  await secureKernel(boot);
  await boot.off();
  await checkProxy(t, boot, options.mac);
});
