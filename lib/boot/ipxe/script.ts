/** The first line of every iPXE script. */
export const MAGIC = "#!ipxe";

/** The values of the generated script. */
export interface KernelEntry {
  /** The URL of the kernel, or its path on the server that the script came from. */
  readonly kernel: string;
  readonly initrds: readonly string[];
  /** The kernel's command line, without the names of the RAM disks. */
  readonly args: string;
  /** Number of retries when fetching fails. */
  readonly retries: number;
  /** The URL for the report that all is fetched and the machine boots; undefined to send none. */
  readonly report: string | undefined;
}

/**
 * Returns the script that fetches a kernel and its RAM disks, retries on failure, reports success, and boots.
 *
 * It frees all images before each attempt, since iPXE passes every loaded image to the kernel as a RAM disk.
 */
export function kernelScript({ kernel, initrds, args, retries, report }: KernelEntry): string {
  const names = initrds.map((_, index) => `initrd${index}.img`);
  // The kernel's EFI stub finds its RAM disks by these names; otherwise they have no effect.
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

/** Returns the script that chains to another one. */
export function chainScript(url: string): string {
  return lines(MAGIC, `chain --replace --autofree ${url}`);
}

/**
 * Returns the script that boots from the local disk: UEFI continues with its next boot entry, BIOS boots the first
 * disk.
 */
export function localBootScript(): string {
  return lines(
    MAGIC,
    "echo pybootd: this machine boots from its own disk",
    "iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 ||",
    "exit",
  );
}

/** Adds the request for an address to a script: iPXE runs `autoexec.ipxe` before it has one. */
export function withNetwork(script: string): string {
  return script.replace(/^#!ipxe[^\n]*\n/, (first) => `${first}isset \${ip} || dhcp ||\n`);
}

function lines(...all: readonly string[]): string {
  return `${all.map((line) => line.trimEnd()).join("\n")}\n`;
}
