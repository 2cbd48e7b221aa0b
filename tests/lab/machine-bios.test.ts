/** A BIOS machine boots Debian's installer: ROM, pxelinux.0, kernel and initrd, and the installer's own DHCP. */

import { statSync } from "node:fs";
import t from "tap";
import { BOOT_TOOLS, BootLab, NETBOOT, POOL_START } from "./support/boot-lab.js";
import { ACK, askedNames, BOOT_FILTER, checkReplies, conversation, REQUEST } from "./support/boot-proof.js";
import { followBoot } from "./support/boot-steps.js";
import { Capture } from "./support/capture.js";
import { skipReason } from "./support/lab.js";
import { Machine } from "./support/machine.js";

const MAC = "52:54:00:77:00:01";
const skip = skipReason({ root: true, tools: [...BOOT_TOOLS, "tcpdump", "tshark"] }) ?? false;

/** Some 70 s here; an emulated machine on a busy one may take several times that. */
t.setTimeout(600_000);

await t.test("BIOS: ROM -> pxelinux.0 -> kernel, initrd -> the installer's DHCP", { skip }, async (t) => {
  t.setTimeout(600_000);
  const net = await BootLab.open();
  t.teardown(() => net.lab.close());
  const daemon = await net.startDaemon();
  const capture = await Capture.start(net.lab, net.server, "eth0", BOOT_FILTER);
  const begun = Date.now();
  const machine = await Machine.start(net.lab, { network: net.network, mac: MAC, firmware: "bios" });
  await followBoot(daemon, machine, (step) => t.pass(step));
  t.comment(`installer on the network after ${((Date.now() - begun) / 1000).toFixed(0)} s`);

  await machine.stop();
  await capture.stop();
  const rom = await conversation(capture, MAC, "PXEClient:Arch:00000");
  t.strictSame(rom.slice(-2), [REQUEST, ACK], "the ROM's request was acknowledged");
  const own = await conversation(capture, MAC, "d-i");
  t.strictSame(own.slice(-2), [REQUEST, ACK], "the installer's own request was acknowledged");
  const addresses = await capture.read("dhcp.option.dhcp == 5", ["dhcp.ip.your"]);
  t.strictSame([...new Set(addresses.flat())], [POOL_START], "both got the one address, the pool's first");
  await checkReplies(t, capture);

  const names = await askedNames(capture);
  const files = ["pxelinux.0", "debian-installer/amd64/linux", "debian-installer/amd64/initrd.gz"];
  t.strictSame(
    names.filter((name) => files.includes(name)),
    files,
    "the files were asked in the order of a boot",
  );
  const requests = await net.mirror.requests();
  for (const name of files) {
    const whole = `GET /${name} 200 ${statSync(`${NETBOOT}/${name}`).size} `;
    t.ok(
      requests.some((line) => line.startsWith(whole)),
      `${name} came from the mirror, whole`,
    );
  }
  t.equal(await daemon.stop(), 0, "the daemon ends with exit code 0");
});
