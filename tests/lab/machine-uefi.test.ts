/** A UEFI machine boots Debian's installer: EDK II's PXE, shim, GRUB, kernel and initrd. */

import { ARGUMENTS, INI, INITRD, KERNEL, NETBOOT, SERVER } from "./support/boot-lab.js";
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

/** GRUB 2.06 looks for `Content-Length` in these letters, and has no length, and so no file, without it. */
const GRUB_HTTP_CFG = `serial --unit=0
terminal_output serial
set gfxpayload=text
cat (http,${SERVER})/greeting.txt
cat (http,${SERVER})/nothing.txt
linux (http,${SERVER})/${KERNEL} ${ARGUMENTS}
initrd (http,${SERVER})/${INITRD}
boot
`;

const byHttp = {
  firmware: "uefi",
  mac: "52:54:00:77:00:05",
  ini: `${INI}greeting.txt = ./greeting.txt\n\n[httpd]\nenable = yes\nroot = ${NETBOOT}\n`,
  files: { "grub.cfg": GRUB_HTTP_CFG, "greeting.txt": "every octet of the greeting came\n" },
} as const;
await machineTest("UEFI: PXE -> shim -> GRUB -> kernel by HTTP", byHttp, async (t, boot) => {
  await boot.serial(/Welcome to GRUB!/, 240, "shim has started GRUB");
  await boot.serial(/every octet of the greeting came/, 60, "GRUB shows a file that it fetched by HTTP");
  await boot.logged(/refused "\/nothing\.txt" by HTTP/, 60, "it is told that another is not there, and goes on");
  await boot.kernel();
  await boot.off();
  for (const name of [KERNEL, INITRD]) t.match(boot.daemon.log, new RegExp(`GET "/${name}": 200, `));
  const asked = await askedNames(boot.capture);
  t.notOk(
    asked.some((name) => name.endsWith("/linux")),
    "TFTP was not asked for the kernel",
  );
});
