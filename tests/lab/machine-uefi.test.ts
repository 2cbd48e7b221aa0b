/** A UEFI machine boots Debian's installer: EDK II's PXE, shim, GRUB, kernel and initrd. */

import t from "tap";
import { BOOT_TOOLS, BootLab } from "./support/boot-lab.js";
import { ACK, askedNames, BOOT_FILTER, checkReplies, conversation, REQUEST } from "./support/boot-proof.js";
import { Capture } from "./support/capture.js";
import { skipReason } from "./support/lab.js";
import { Machine } from "./support/machine.js";

const MAC = "52:54:00:77:00:02";
const skip = skipReason({ root: true, tools: [...BOOT_TOOLS, "tcpdump", "tshark"] }) ?? false;

/** Some 30 s here; an emulated machine on a busy one may take several times that. */
t.setTimeout(600_000);

await t.test("UEFI: PXE -> shim -> GRUB -> kernel", { skip }, async (t) => {
  t.setTimeout(600_000);
  const net = await BootLab.open();
  t.teardown(() => net.lab.close());
  const daemon = await net.startDaemon();
  const capture = await Capture.start(net.lab, net.server, "eth0", BOOT_FILTER);
  const begun = Date.now();
  const machine = await Machine.start(net.lab, { network: net.network, mac: MAC, firmware: "uefi" });
  const serial = (wanted: RegExp, seconds: number): Promise<RegExpExecArray> =>
    daemon.explaining(machine.waitFor(wanted, seconds));

  await serial(/NBP filename is debian-installer\/amd64\/bootnetx64\.efi/, 120);
  t.pass("the firmware was told of shim");
  await serial(/Fetching Netboot Image debian-installer\/amd64\/\/?grubx64\.efi/, 120);
  t.pass("shim looks for GRUB in the folder it came from");
  await serial(/Welcome to GRUB!/, 60);
  t.pass("shim has started GRUB");
  await serial(/Linux version \d/, 180);
  t.comment(`kernel started after ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  t.pass("GRUB has fetched kernel and initrd, and the kernel runs");

  await machine.stop();
  await capture.stop();
  const firmware = await conversation(capture, MAC, "PXEClient:Arch:00007");
  t.strictSame(firmware.slice(-2), [REQUEST, ACK], "the firmware's request was acknowledged");
  await checkReplies(t, capture);
  const names = (await askedNames(capture)).map((name) => name.replace(/\/{2,}/g, "/").replace(/^\//, ""));
  const files = ["bootnetx64.efi", "grubx64.efi", "grub/grub.cfg", "linux", "initrd.gz"].map(
    (name) => `debian-installer/amd64/${name}`,
  );
  t.strictSame(
    names.filter((name) => files.includes(name)),
    files,
    "the files were asked in the order of a boot",
  );
  t.equal(await daemon.stop(), 0, "the daemon ends with exit code 0");
});
