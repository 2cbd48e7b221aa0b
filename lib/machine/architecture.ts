/**
 * Names of client system architectures by the number in option 93 (RFC 4578 2.1, IANA "Processor Architecture Types").
 */
const NAMES: readonly string[] = [
  "x86 BIOS",
  "NEC/PC98",
  "Itanium",
  "DEC Alpha",
  "Arc x86",
  "Intel Lean Client",
  "x86 UEFI",
  "x64 UEFI",
  "EFI Xscale",
  "EBC",
  "ARM 32-bit UEFI",
  "ARM 64-bit UEFI",
  "PowerPC Open Firmware",
  "PowerPC ePAPR",
  "POWER OPAL v3",
  "x86 UEFI HTTP",
  "x64 UEFI HTTP",
  "EBC HTTP",
  "ARM 32-bit UEFI HTTP",
  "ARM 64-bit UEFI HTTP",
  "x86 BIOS HTTP",
  "ARM 32-bit U-Boot",
  "ARM 64-bit U-Boot",
  "ARM 32-bit U-Boot HTTP",
  "ARM 64-bit U-Boot HTTP",
  "RISC-V 32-bit UEFI",
  "RISC-V 32-bit UEFI HTTP",
  "RISC-V 64-bit UEFI",
  "RISC-V 64-bit UEFI HTTP",
  "RISC-V 128-bit UEFI",
  "RISC-V 128-bit UEFI HTTP",
  "s390 Basic",
  "s390 Extended",
  "MIPS 32-bit UEFI",
  "MIPS 64-bit UEFI",
  "Sunway 32-bit UEFI",
  "Sunway 64-bit UEFI",
  "LoongArch 32-bit UEFI",
  "LoongArch 32-bit UEFI HTTP",
  "LoongArch 64-bit UEFI",
  "LoongArch 64-bit UEFI HTTP",
  "ARM rpiboot",
];

/** The number of x86 BIOS. */
export const X86_BIOS = 0;

/**
 * Numbers that both mean x64 UEFI in practice: the text of RFC 4578 swaps 7 and 9 against the registry, and firmware
 * follows either.
 */
const SAME: ReadonlyMap<number, number> = new Map([
  [7, 9],
  [9, 7],
]);

/** The architectures that boot by HTTP, each with the number of the same machine booting by TFTP. */
const BY_TFTP: ReadonlyMap<number, number> = new Map([
  [15, 6],
  [16, 7],
  [17, 9],
  [18, 10],
  [19, 11],
  [20, X86_BIOS],
  [23, 21],
  [24, 22],
  [26, 25],
  [28, 27],
  [30, 29],
  [38, 37],
  [40, 39],
]);

/** Returns the number of the same machine booting by TFTP; undefined for an architecture that does not boot by HTTP. */
export function tftpTwin(architecture: number): number | undefined {
  return BY_TFTP.get(architecture);
}

/** Returns the name, such as `x64 UEFI`, or a text with the number where it is not assigned. */
export function architectureName(architecture: number): string {
  return NAMES[architecture] ?? `architecture ${architecture}`;
}

/** Returns the number of the same machine booting by HTTP; undefined where there is none. */
export function httpTwin(architecture: number): number | undefined {
  return [...BY_TFTP].find(([, byTftp]) => byTftp === architecture)?.[0];
}

/** Short names of architectures in common use. */
const ALIASES: ReadonlyMap<string, number> = new Map([
  ["bios", X86_BIOS],
  ["i386", X86_BIOS],
  ["ia32", 6],
  ["x64", 7],
  ["x8664", 7],
  ["amd64", 7],
  ["uefi", 7],
  ["arm32", 10],
  ["arm64", 11],
  ["aarch64", 11],
  ["riscv64", 27],
  ["loong64", 39],
  ["http", 16],
]);

/** Returns the architecture for a number, a registered name or a common short name; undefined for other texts. */
export function architectureCalled(text: string): number | undefined {
  if (/^[0-9]{1,5}$/.test(text)) return Number(text) <= 0xffff ? Number(text) : undefined;
  const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const index = NAMES.findIndex((name) => plain(name) === plain(text));
  return index >= 0 ? index : ALIASES.get(plain(text));
}

/** Describes an architecture: `7 (x64 UEFI)`, or the number alone where it is not assigned. */
export function describeArchitecture(architecture: number): string {
  const name = NAMES[architecture];
  return name === undefined ? `${architecture}` : `${architecture} (${name})`;
}

/**
 * Chooses the boot file for an architecture.
 *
 * `default` applies to clients that send no architecture, to BIOS, and, when no other architecture is listed, to all.
 *
 * @param files the table of `[bootfile]`
 * @param fallback `boot_file` of `[bootpd]`
 */
export function bootFileFor<File>(
  architecture: number | undefined,
  files: ReadonlyMap<number | "default", File>,
  fallback: File | undefined,
): File | undefined {
  const listed =
    architecture === undefined ? undefined : (files.get(architecture) ?? files.get(SAME.get(architecture) ?? -1));
  if (listed !== undefined) return listed;
  const others = [...files.keys()].some((key) => key !== "default" && key !== X86_BIOS);
  if (others && architecture !== undefined && architecture !== X86_BIOS) return undefined;
  return files.get("default") ?? fallback;
}
