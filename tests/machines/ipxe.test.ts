/** Machines that boot iPXE, and what that boots; UEFI HTTP Boot is in the lab's machine-uefi-http.test.ts. */

import { ARGUMENTS, INITRD, KERNEL, POOL_START, type BootLab } from "../lab/support/boot-lab.js";
import { ipxeIni, IPXE_PROGRAMS } from "../lab/support/ipxe.js";
import { machineTest } from "../lab/support/machine-boot.js";

const SCRIPT = /GET "\/auto\.ipxe": 200/;

const TEMPLATE = `#!ipxe
echo A script for {mac} at {ip}, \${platform}
kernel ${KERNEL} initrd=initrd.gz ${ARGUMENTS}
initrd --name initrd.gz ${INITRD}
boot
`;

const direct = {
  firmware: "bios",
  mac: "52:54:00:77:03:01",
  ini: ipxeIni("script = ./machine.ipxe"),
  files: { "machine.ipxe": TEMPLATE },
  tools: IPXE_PROGRAMS,
} as const;
await machineTest("BIOS: a ROM that is iPXE -> /auto.ipxe, a template -> kernel", direct, async (t, boot) => {
  await boot.logged(SCRIPT, 180, "the ROM fetches its script");
  const mac = direct.mac.replaceAll(":", "-");
  await boot.serial(new RegExp(`A script for ${mac} at ${POOL_START}, pcbios`), 60, "which has its facts in it");
  await boot.kernel();
  await boot.off();
  t.notMatch(boot.daemon.log, /undionly/, "it was not given iPXE");
});

/**
 * The ROMs of QEMU all are iPXE. These rules take from what a machine says all by which iPXE can be known, the options 77
 * and 175: they get the codes of options for anybody's own use before the daemon reads them.
 */
async function hideIpxe({ server }: BootLab): Promise<void> {
  // From the UDP header to iPXE's user class are 298 octets, to its own options 329. No checksum (0) is a right one.
  const rules = `table netdev plain {
    chain rom {
      type filter hook ingress device eth0 priority 0;
      udp dport 67 @th,2384,48 0x4d0469505845 @th,2384,8 set 0xe0 @th,48,16 set 0
      udp dport 67 @th,2632,8 0xaf @th,2632,8 set 0xe1
    }
  }`;
  await server.must("nft", ["-f", "-"], { input: rules });
}

const plain = {
  firmware: "bios",
  mac: "52:54:00:77:03:02",
  ini: ipxeIni(),
  tools: [...IPXE_PROGRAMS, "nft"],
  before: hideIpxe,
} as const;
await machineTest("BIOS: a plain ROM -> undionly.kpxe -> /auto.ipxe -> kernel", plain, async (t, boot) => {
  await boot.logged(/sent "ipxe\/undionly\.kpxe"/, 180, "the ROM fetches iPXE");
  await boot.net.server.must("nft", ["delete", "table", "netdev", "plain"]);
  await boot.logged(SCRIPT, 180, "iPXE fetches its script");
  await boot.kernel();
  await boot.off();
  t.equal(boot.daemon.log.match(/sent "ipxe\/undionly\.kpxe"/g)?.length, 1, "iPXE was not given itself again");
});

const uefi = { firmware: "uefi", mac: "52:54:00:77:03:03", ini: ipxeIni(), tools: IPXE_PROGRAMS } as const;
await machineTest("UEFI: PXE -> ipxe.efi -> /auto.ipxe -> kernel", uefi, async (t, boot) => {
  await boot.logged(/sent "ipxe\/ipxe\.efi"/, 180, "the firmware fetches iPXE");
  await boot.logged(SCRIPT, 180, "iPXE fetches its script");
  await boot.kernel();
  await boot.off();
  t.equal(boot.daemon.log.match(/sent "ipxe\/ipxe\.efi"/g)?.length, 1, "iPXE was not given itself again");
});
