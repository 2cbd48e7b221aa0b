/** BIOS machines with other cards, each with its own ROM; virtio-net's is in the lab's machine-bios.test.ts. */

import { machineTest } from "../lab/support/machine-boot.js";

const CARDS = [
  ["e1000", "52:54:00:77:01:01"],
  ["rtl8139", "52:54:00:77:01:02"],
] as const;

for (const [card, mac] of CARDS) {
  const title = `BIOS: the ROM of ${card} -> pxelinux.0 -> kernel`;
  await machineTest(title, { firmware: "bios", mac, card }, async (_t, boot) => {
    await boot.logged(/sent "pxelinux\.0"/, 180, "the ROM has fetched pxelinux.0");
    await boot.kernel();
    await boot.off();
  });
}
