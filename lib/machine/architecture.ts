/** Names of client system architectures, by the number in option 93 (RFC 4578 2.1, IANA "Processor Architecture Types"). */
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

/** Number of the oldest one: BIOS on a PC. */
export const X86_BIOS = 0;

/**
 * 7 and 9 both mean x64 UEFI in the field: the text of RFC 4578 has them swapped against the registry, and firmware
 * was written after either.
 */
const SAME: ReadonlyMap<number, number> = new Map([
  [7, 9],
  [9, 7],
]);

/** The architectures that boot by HTTP, each with the number of the same machine when it boots by TFTP. */
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

/** The number of the same machine when it boots by TFTP; undefined for one that does not boot by HTTP. */
export function tftpTwin(architecture: number): number | undefined {
  return BY_TFTP.get(architecture);
}

/** `x64 UEFI`, or the number of one that is not assigned. */
export function architectureName(architecture: number): string {
  return NAMES[architecture] ?? `architecture ${architecture}`;
}

/** The number of the same machine when it boots by HTTP; undefined where there is none. */
export function httpTwin(architecture: number): number | undefined {
  return [...BY_TFTP].find(([, byTftp]) => byTftp === architecture)?.[0];
}

/** What people call architectures. */
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

/** The architecture that a number, a name of the registry, or a usual short one means; undefined where it means none. */
export function architectureCalled(text: string): number | undefined {
  if (/^[0-9]{1,5}$/.test(text)) return Number(text) <= 0xffff ? Number(text) : undefined;
  const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const index = NAMES.findIndex((name) => plain(name) === plain(text));
  return index >= 0 ? index : ALIASES.get(plain(text));
}

/** `7 (x64 UEFI)`, or the number alone where it is not assigned. */
export function describeArchitecture(architecture: number): string {
  const name = NAMES[architecture];
  return name === undefined ? `${architecture}` : `${architecture} (${name})`;
}

/**
 * Chooses the boot file for an architecture.
 *
 * `default` is for machines that name none, for BIOS, and, when no other architecture is listed, for every one.
 *
 * @param files the table of `[bootfile]`
 * @param fallback `boot_file` of `[bootpd]`
 */
export function bootFileFor(
  architecture: number | undefined,
  files: ReadonlyMap<number | "default", string>,
  fallback: string | undefined,
): string | undefined {
  const listed =
    architecture === undefined ? undefined : (files.get(architecture) ?? files.get(SAME.get(architecture) ?? -1));
  if (listed !== undefined) return listed;
  const others = [...files.keys()].some((key) => key !== "default" && key !== X86_BIOS);
  if (others && architecture !== undefined && architecture !== X86_BIOS) return undefined;
  return files.get("default") ?? fallback;
}
