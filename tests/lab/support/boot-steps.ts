/** The way of a BIOS machine's boot, step by step, as the daemon's log and the machine's serial console tell it. */

import type { Daemon } from "./daemon.js";
import type { Machine } from "./machine.js";

interface Step {
  readonly from: "log" | "console";
  readonly wanted: RegExp;
  readonly seconds: number;
  /** The step in words, from what the expression has caught. */
  readonly say: (caught: string) => string;
}

/** Returns the step of a file that was sent; the log says "41.4 KiB in 0.01 s, 3321.8 KiB/s" after its name. */
function sent(name: string, what: string, seconds: number): Step {
  return {
    from: "log",
    wanted: new RegExp(`sent "${name}" from \\S+: (\\S+ \\S+ in .*)`),
    seconds,
    say: (figures) => `${what} sent: ${figures}`,
  };
}

const STEPS: readonly Step[] = [
  {
    from: "log",
    wanted: /: offered (\S+) to PXE firmware/,
    seconds: 120,
    say: (address) => `the ROM asks for an address and is offered ${address}; then it looks for IPv6, for 15 s`,
  },
  sent("pxelinux\\.0", "pxelinux.0, the boot loader,", 120),
  sent('pxelinux\\.cfg/[^"]*', "the boot loader's configuration", 60),
  sent("debian-installer/amd64/linux", "the kernel", 180),
  sent("debian-installer/amd64/initrd\\.gz", "the initrd", 180),
  { from: "console", wanted: /Linux version (\S+)/, seconds: 180, say: (version) => `Linux ${version} runs` },
  {
    from: "log",
    wanted: /: (?:leased|confirmed) (\S+) to a DHCP client/,
    seconds: 240,
    say: (address) => `Debian's installer asks for its address and gets ${address}`,
  },
  {
    from: "console",
    wanted: /(Configuring the network with DHCP)[^]*100%/,
    seconds: 60,
    say: (said) => `the installer is on the network; its screen says "${said} ... 100%"`,
  },
];

/**
 * Follows a boot to its end, the installer on the network, and hands each step to `tell` when it has happened.
 * Throws when a step does not come in its time, with the log and what was waited for.
 */
export async function followBoot(daemon: Daemon, machine: Machine, tell: (step: string) => void): Promise<void> {
  for (const { from, wanted, seconds, say } of STEPS) {
    const source = from === "log" ? daemon : machine;
    const [, caught = ""] = await daemon.explaining(machine.during(source.waitFor(wanted, seconds)));
    tell(say(caught));
  }
}
