/** An ARM machine boots Debian's installer: EDK II's PXE, shim, GRUB and the kernel. */

import { INI } from "../lab/support/boot-lab.js";
import { machineTest } from "../lab/support/machine-boot.js";

/** Where Debian's package debian-installer-12-netboot-arm64 puts what a mirror has as …/netboot/. */
const NETBOOT = "/usr/lib/debian-installer/images/12/arm64/text";
const FOLDER = "debian-installer/arm64";

const GRUB_CFG = `linux ${FOLDER}/linux console=ttyAMA0,115200
initrd ${FOLDER}/initrd.gz
boot
`;

const options = {
  firmware: "uefi-arm64",
  mac: "52:54:00:77:04:01",
  mirrored: NETBOOT,
  ini: INI.replace(/^00007 = .*/m, `00011 = ${FOLDER}/bootnetaa64.efi`).replace(
    /^debian-installer.*/m,
    `${FOLDER}/grub/grub.cfg = ./grub.cfg`,
  ),
  files: { "grub.cfg": GRUB_CFG },
  tools: [`${NETBOOT}/${FOLDER}/bootnetaa64.efi`],
} as const;
await machineTest("ARM64 UEFI: PXE -> shim -> GRUB -> kernel", options, async (_t, boot) => {
  await boot.logged(/sent "debian-installer\/arm64\/bootnetaa64\.efi"/, 240, "the firmware fetches shim");
  await boot.serial(/Welcome to GRUB!/, 120, "shim has started GRUB");
  await boot.kernel();
  await boot.off();
});
