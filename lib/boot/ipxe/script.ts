/** How every script of iPXE begins. */
export const MAGIC = "#!ipxe";

/** What a script that is made here boots. */
export interface KernelEntry {
  /** URLs, or paths of the server that the script came from. */
  readonly kernel: string;
  readonly initrds: readonly string[];
  /** The kernel's command line, without what names the RAM disks. */
  readonly args: string;
  /** How often fetching is tried again. */
  readonly retries: number;
  /** Where the machine reports that all is fetched and it boots; undefined for nowhere. */
  readonly report: string | undefined;
}

/**
 * The script that fetches a kernel and its RAM disks, tries again where that fails, says so, and boots.
 *
 * What is loaded is freed before each attempt, since iPXE hands everything that it has to the kernel as a RAM disk.
 */
export function kernelScript({ kernel, initrds, args, retries, report }: KernelEntry): string {
  const names = initrds.map((_, index) => `initrd${index}.img`);
  // The kernel's EFI stub finds its RAM disks by these; elsewhere they mean nothing.
  const commandLine = [...names.map((name) => `initrd=${name}`), args].filter((part) => part !== "").join(" ");
  const told = report === undefined ? [] : [`imgfetch --name booted ${report} && imgfree booted ||`];
  return lines(
    MAGIC,
    "set tries:int32 0",
    ":again",
    "imgfree",
    `kernel ${kernel} ${commandLine} || goto failed`,
    ...initrds.map((initrd, index) => `initrd --name ${names[index] ?? ""} ${initrd} || goto failed`),
    ...told,
    "boot || goto failed",
    ":failed",
    `iseq \${tries} ${retries} && goto given_up ||`,
    "inc tries",
    `echo pybootd: trying again, \${tries} of ${retries}`,
    "sleep 2",
    "goto again",
    ":given_up",
    "echo pybootd: this machine cannot fetch what it should boot",
    "imgfree",
    "exit 1",
  );
}

/** The script that goes on with another one. */
export function chainScript(url: string): string {
  return lines(MAGIC, `chain --replace --autofree ${url}`);
}

/** The script of a machine that boots from its own disk: UEFI goes on with its next entry, BIOS takes the first disk. */
export function localBootScript(): string {
  return lines(
    MAGIC,
    "echo pybootd: this machine boots from its own disk",
    "iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 ||",
    "exit",
  );
}

/** The script as iPXE runs it before it asked for an address, which is how it takes `autoexec.ipxe`. */
export function withNetwork(script: string): string {
  return script.replace(/^#!ipxe[^\n]*\n/, (first) => `${first}isset \${ip} || dhcp ||\n`);
}

function lines(...all: readonly string[]): string {
  return `${all.map((line) => line.trimEnd()).join("\n")}\n`;
}
