/** `npm run demo`: shows a newcomer a boot from the network, on one computer, without touching any network of theirs. */

import { BOOT_TOOLS, BootLab, INI } from "./support/boot-lab.js";
import { followBoot } from "./support/boot-steps.js";
import { Machine } from "./support/machine.js";
import { packagesOf } from "./support/packages.js";
import { mayMakeNamespaces, missingTools } from "./support/tools.js";

const MAC = "52:54:00:77:00:01";

const WHAT = `A PC without a disk boots Debian's installer from the network.

All of it happens inside this computer, in network namespaces that are removed at the end: an emulated PC, a server
that runs pybootd, and a Debian mirror. No packet leaves this computer, and none of its networks is touched.

  mirror 10.78.0.2 ---- 10.78.0.1 server 10.77.0.1 ---- PC
  nginx                           pybootd               QEMU

The server keeps no boot file: pybootd fetches each from the mirror by HTTP while it sends it to the PC by TFTP.
Its configuration is no more than this (pxe.cfg and grub.cfg name the kernel, the initrd and their arguments):
`;

/** Returns the reason why the demo cannot run here; undefined where it can. */
function hindrance(): string | undefined {
  const missing = missingTools(BOOT_TOOLS);
  if (missing.length > 0) {
    const packages = packagesOf(missing).join(" ");
    const install = packages === "" ? "" : ` Get it with\n\n  apt-get install --no-install-recommends ${packages}`;
    return `This needs what is not here: ${missing.join(", ")}.${install}`;
  }
  return mayMakeNamespaces() ? undefined : "This needs root, to make network namespaces: sudo npm run demo";
}

/** Boots the machine, printing each step with the seconds since it was switched on. */
async function show(): Promise<void> {
  const net = await BootLab.open();
  try {
    const daemon = await net.startDaemon();
    console.log(
      "pybootd is ready. Switching the PC on. (It is emulated: this takes one minute, more on a slow computer.)\n",
    );
    const begun = Date.now();
    const elapsed = (): string => `${((Date.now() - begun) / 1000).toFixed(1)} s`;
    const machine = await Machine.start(net.lab, { network: net.network, mac: MAC, firmware: "bios" });
    await followBoot(daemon, machine, (step) => {
      console.log(`${elapsed().padStart(8)}  ${step}`);
    });
    console.log(`\nDone in ${elapsed()}. The PC is switched off, and everything is removed.`);
  } finally {
    await net.lab.close();
  }
}

const reason = hindrance();
if (reason === undefined) {
  console.log(WHAT);
  console.log(INI.replace(/^(?=.)/gm, "  "));
  await show().catch((error: unknown) => {
    console.error(`The boot did not get to its end.\n${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
} else {
  console.error(reason);
  process.exitCode = 1;
}
