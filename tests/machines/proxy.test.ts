/**
 * Machines beside dnsmasq, which gives addresses and nothing else, also with the configuration that runs without one. Beside
 * one that names us as its next server a UEFI machine is in the lab's machine-proxy.test.ts.
 */

import { readFileSync } from "node:fs";
import { ARGUMENTS, MIRROR_URL, type BootLab } from "../lab/support/boot-lab.js";
import { IPXE_PROGRAMS } from "../lab/support/ipxe.js";
import type { LabProcess } from "../lab/support/lab.js";
import { DNSMASQ, machineTest } from "../lab/support/machine-boot.js";
import { checkProxy, PROXY_INI } from "../lab/support/proxy.js";

/** As it is in the package, but for the mirror. */
const EMBEDDED = readFileSync(new URL("../../../etc/embedded.ini", import.meta.url), "utf8")
  .replaceAll(/http:\/\/deb\.debian\.org\/\S*-amd64\/\S*\/netboot/g, MIRROR_URL)
  .replace("root = ./http", "root = .");

const MACHINES = [
  ["auto-proxy", PROXY_INI, "52:54:00:77:02:01"],
  ["embedded.ini", EMBEDDED, "52:54:00:77:02:02"],
] as const;

for (const [name, ini, mac] of MACHINES) {
  const title = `BIOS, ${name} beside dnsmasq: ROM -> pxelinux.0 -> kernel`;
  await machineTest(title, { firmware: "bios", mac, ini, dnsmasq: [] }, async (t, boot) => {
    await boot.logged(/sent "pxelinux\.0"/, 180, "the ROM has fetched pxelinux.0");
    await boot.kernel();
    await boot.off();
    await checkProxy(t, boot, mac);
  });
}

/** The way to iPXE that the configuration tells of at its end. */
const WITH_IPXE = EMBEDDED.replace(/^; (?=(?:\[ipxe\]|binary_dir =|kernel =|initrd =))/gm, "").concat(
  `extra_kernel_args = ${ARGUMENTS}\n`,
);

const ipxe = {
  firmware: "uefi",
  mac: "52:54:00:77:02:03",
  ini: WITH_IPXE,
  dnsmasq: [],
  tools: IPXE_PROGRAMS,
} as const;
await machineTest("UEFI, embedded.ini with [ipxe] beside dnsmasq: PXE -> ipxe.efi -> kernel", ipxe, async (t, boot) => {
  await boot.logged(/sent "ipxe\/ipxe\.efi"/, 180, "the firmware has fetched iPXE");
  await boot.logged(/GET "\/auto\.ipxe": 200/, 120, "iPXE has fetched its script");
  await boot.kernel();
  await boot.off();
  await checkProxy(t, boot, ipxe.mac);
});

/** Nobody answers there, so this is as far as it gets; should it get further, docs/booting.md is to be changed. */
let elsewhere: LabProcess | undefined;
const grub = {
  firmware: "uefi",
  mac: "52:54:00:77:02:04",
  ini: EMBEDDED,
  dnsmasq: [],
  async before({ network }: BootLab) {
    const filter = `dst host ${DNSMASQ} and dst port 69`;
    elsewhere = network.host.start("tcpdump", ["-l", "-n", "-i", "br0", filter]);
    await elsewhere.waitFor(/listening on/, 10);
  },
} as const;
await machineTest(
  "UEFI, embedded.ini beside dnsmasq: PXE -> shim -> GRUB, which asks dnsmasq",
  grub,
  async (t, boot) => {
    await boot.logged(/sent "debian-installer\/amd64\/bootnetx64\.efi"/, 180, "the firmware has fetched shim");
    await boot.serial(/Welcome to GRUB!/, 120, "shim has started GRUB");
    await elsewhere?.waitFor(/RRQ "\/debian-installer\/amd64\/grub\//, 120);
    await boot.off();
    await checkProxy(t, boot, grub.mac);
  },
);
