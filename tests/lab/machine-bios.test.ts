/** A BIOS machine boots Debian's installer: ROM, pxelinux.0, kernel and initrd, and the installer's own DHCP. */

import { statSync } from "node:fs";
import { NETBOOT, POOL_START } from "./support/boot-lab.js";
import { ACK, askedNames, conversation, REQUEST } from "./support/boot-proof.js";
import { followBoot } from "./support/boot-steps.js";
import { machineTest } from "./support/machine-boot.js";

const MAC = "52:54:00:77:00:01";

const title = "BIOS: virtio-net's ROM -> pxelinux.0 -> kernel, initrd -> the installer's DHCP";
await machineTest(title, { firmware: "bios", mac: MAC }, async (t, boot) => {
  const { net, daemon, capture, machine } = boot;
  const begun = Date.now();
  await followBoot(daemon, machine, (step) => t.pass(step));
  t.comment(`installer on the network after ${((Date.now() - begun) / 1000).toFixed(0)} s`);

  await boot.off();
  const rom = await conversation(capture, MAC, "PXEClient:Arch:00000");
  t.strictSame(rom.slice(-2), [REQUEST, ACK], "the ROM's request was acknowledged");
  const own = await conversation(capture, MAC, "d-i");
  t.strictSame(own.slice(-2), [REQUEST, ACK], "the installer's own request was acknowledged");
  const addresses = await capture.read("dhcp.option.dhcp == 5", ["dhcp.ip.your"]);
  t.strictSame([...new Set(addresses.flat())], [POOL_START], "both got the one address, the pool's first");

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
});
