/** UEFI machines boot by HTTP, without a single TFTP packet: shim and GRUB, and iPXE on to the kernel. */

import type { Test } from "tap";
import { NETBOOT, POOL_START, SERVER } from "./support/boot-lab.js";
import { ACK, conversation, REQUEST } from "./support/boot-proof.js";
import { ipxeIni, IPXE_PROGRAMS } from "./support/ipxe.js";
import { machineTest, type MachineBoot } from "./support/machine-boot.js";

const FOLDER = "debian-installer/amd64";

const INI = `[bootpd]
allow_simple_dhcp = enable
pool_start = ${POOL_START}

[bootfile]
00016 = http://${SERVER}/${FOLDER}/bootnetx64.efi

[httpd]
enable = yes
root = ${NETBOOT}
`;

/** Checks that the firmware was given an HTTP URL, and used nothing else. */
async function checkWire(t: Test, { capture }: MachineBoot, mac: string): Promise<void> {
  const firmware = await conversation(capture, mac, "HTTPClient:Arch:00016");
  t.strictSame(firmware.slice(-2), [REQUEST, ACK], "the firmware's request was acknowledged");
  const transactions = await capture.read('dhcp.option.vendor_class_id contains "HTTPClient:Arch"', ["dhcp.id"]);
  const own = [...new Set(transactions.flat())].map((id) => `dhcp.id == ${id}`).join(" || ");
  const vendors = await capture.read(`dhcp.type == 2 && (${own})`, ["dhcp.option.vendor_class_id"]);
  t.strictSame([...new Set(vendors.flat())], ["HTTPClient"], "and replies say that they are for HTTP Boot");
  t.strictSame(await capture.read("tftp", ["frame.number"]), [], "TFTP was not used");
}

const grub = { firmware: "uefi-http", mac: "52:54:00:77:00:03", ini: INI } as const;
await machineTest("UEFI: HTTP Boot -> shim -> GRUB", grub, async (t, boot) => {
  await boot.serial(/File Size: \d+ Bytes/, 120, "the firmware has asked for shim's size");
  await boot.serial(/Welcome to GRUB!/, 120, "shim has started GRUB");
  await boot.off();
  await checkWire(t, boot, grub.mac);
  t.match(boot.daemon.log, new RegExp(`GET "/${FOLDER}/bootnetx64\\.efi": 200`), "the log tells of shim");
  t.match(boot.daemon.log, new RegExp(`GET "/${FOLDER}//?grubx64\\.efi": 200`), "and of GRUB");
});

const ipxe = { firmware: "uefi-http", mac: "52:54:00:77:00:04", ini: ipxeIni(), tools: IPXE_PROGRAMS } as const;
await machineTest("UEFI: HTTP Boot -> ipxe.efi -> /auto.ipxe -> kernel", ipxe, async (t, boot) => {
  await boot.logged(/GET "\/ipxe\/ipxe\.efi": 200/, 120, "the firmware fetches iPXE");
  await boot.serial(/iPXE initialising devices/, 60, "iPXE runs");
  await boot.logged(/GET "\/auto\.ipxe": 200/, 120, "iPXE fetches its script");
  await boot.kernel();
  await boot.off();
  await checkWire(t, boot, ipxe.mac);
  t.equal(boot.daemon.log.match(/GET "\/ipxe\/ipxe\.efi": 200/g)?.length, 1, "iPXE was not given itself again");
});
