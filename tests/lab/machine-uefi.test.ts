/** A UEFI machine boots Debian's installer: EDK II's PXE, shim, GRUB, kernel and initrd. */

import { ACK, askedNames, conversation, REQUEST } from "./support/boot-proof.js";
import { machineTest } from "./support/machine-boot.js";

const MAC = "52:54:00:77:00:02";

await machineTest("UEFI: PXE -> shim -> GRUB -> kernel", { firmware: "uefi", mac: MAC }, async (t, boot) => {
  await boot.serial(/NBP filename is debian-installer\/amd64\/bootnetx64\.efi/, 120, "the firmware was told of shim");
  await boot.serial(
    /Fetching Netboot Image debian-installer\/amd64\/\/?grubx64\.efi/,
    120,
    "shim looks for GRUB in the folder it came from",
  );
  await boot.serial(/Welcome to GRUB!/, 60, "shim has started GRUB");
  await boot.kernel();

  await boot.off();
  const firmware = await conversation(boot.capture, MAC, "PXEClient:Arch:00007");
  t.strictSame(firmware.slice(-2), [REQUEST, ACK], "the firmware's request was acknowledged");
  const names = (await askedNames(boot.capture)).map((name) => name.replace(/\/{2,}/g, "/").replace(/^\//, ""));
  const files = ["bootnetx64.efi", "grubx64.efi", "grub/grub.cfg", "linux", "initrd.gz"].map(
    (name) => `debian-installer/amd64/${name}`,
  );
  t.strictSame(
    names.filter((name) => files.includes(name)),
    files,
    "the files were asked in the order of a boot",
  );
});
