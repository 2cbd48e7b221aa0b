/**
 * What a machine needs to boot Debian's installer from the network, and nothing more:
 *
 *     mirror 10.78.0.2 ── 10.78.0.1 server 10.77.0.1 ── switch ── machine
 *     nginx                         pybootd
 *
 * The server keeps no boot file: it fetches each from the mirror by HTTP while it sends it by TFTP.
 */

import { Daemon } from "./daemon.js";
import { Lab, type Host } from "./lab.js";
import { MACHINE_TOOLS } from "./machine.js";
import { Mirror } from "./mirror.js";
import { Switch } from "./switch.js";

/** The folder where Debian's package debian-installer-12-netboot-amd64 puts a mirror's …/netboot/. */
export const NETBOOT = "/usr/lib/debian-installer/images/12/amd64/text";

/** Commands and files of Debian packages that a BootLab and a machine in it need; for skipReason(). */
export const BOOT_TOOLS = ["ip", "nginx", `${NETBOOT}/debian-installer/amd64/initrd.gz`, ...MACHINE_TOOLS] as const;

/** Addresses of the lab: the server's two, and where its pool begins. */
export const SERVER = "10.77.0.1";
export const MIRROR_URL = "http://10.78.0.2/";
export const POOL_START = "10.77.0.100";

/** The kernel's arguments that bring the installer to DHCP with nobody at the keyboard, its text on the serial port. */
export const ARGUMENTS =
  "console=ttyS0,115200 DEBIAN_FRONTEND=text priority=critical auto=true netcfg/choose_interface=auto ipv6.disable=1";

export const KERNEL = "debian-installer/amd64/linux";
export const INITRD = "debian-installer/amd64/initrd.gz";

const PXE_CFG = `default install
prompt 0
label install
  kernel ${KERNEL}
  append initrd=${INITRD} ${ARGUMENTS}
`;

const GRUB_CFG = `serial --unit=0
terminal_output serial
set gfxpayload=text
linux ${KERNEL} ${ARGUMENTS}
initrd ${INITRD}
boot
`;

/** The server's whole configuration: what a newcomer would write, with the lab's addresses. */
export const INI = `[bootpd]
allow_simple_dhcp = enable
pool_start = ${POOL_START}

[bootfile]
default = pxelinux.0
00007 = debian-installer/amd64/bootnetx64.efi

[tftpd]
root = ${MIRROR_URL}

[filters]
pxelinux.cfg/* = ./pxe.cfg
debian-installer/amd64/grub/grub.cfg = ./grub.cfg
`;

export class BootLab {
  private constructor(
    readonly lab: Lab,
    readonly server: Host,
    readonly network: Switch,
    readonly mirror: Mirror,
  ) {}

  /** Makes the hosts and cables and starts the mirror of a folder; the caller starts the daemon and closes `lab`. */
  static async open(mirrored = NETBOOT): Promise<BootLab> {
    const lab = await Lab.open();
    try {
      const server = await lab.host("server");
      const mirror = await lab.host("mirror");
      const network = await Switch.open(lab);
      await network.connect(server, `${SERVER}/24`);
      await lab.link(server, "10.78.0.1/24", mirror, "10.78.0.2/24");
      return new BootLab(lab, server, network, await Mirror.start(lab, mirror, mirrored));
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /**
   * Starts the daemon with `ini`, in which ./pxe.cfg and ./grub.cfg can be named, and `files`; returns once it is ready.
   */
  startDaemon(ini = INI, files: Readonly<Record<string, string>> = {}): Promise<Daemon> {
    return Daemon.start(this.lab, this.server, ini, { "pxe.cfg": PXE_CFG, "grub.cfg": GRUB_CFG, ...files });
  }
}
