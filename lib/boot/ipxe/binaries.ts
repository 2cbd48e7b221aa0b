/** The folder under which iPXE's programs are served. */
export const BINARY_FOLDER = "ipxe/";

const BIOS = ["undionly.kpxe", "ipxe.pxe", "undionly.kkpxe", "undionly.pxe"];
const X64 = ["ipxe.efi", "snponly.efi", "ipxe-x86_64.efi", "snponly-x86_64.efi", "x86_64-efi/ipxe.efi"];
const IA32 = efiNames("i386", "ia32");
const ARM32 = efiNames("arm32", "arm");
const ARM64 = efiNames("arm64", "aarch64");
const RISCV32 = efiNames("riscv32");
const RISCV64 = efiNames("riscv64");
const LOONG64 = efiNames("loong64", "loongarch64");

/**
 * The programs for each architecture (option 93, IANA "Processor Architecture Types"), by the names of Debian and of
 * iPXE's own builds, in order of preference. Both 7 and 9 are x64 in practice.
 */
const PROGRAMS: ReadonlyMap<number, readonly string[]> = new Map([
  [0, BIOS],
  [6, IA32],
  [7, X64],
  [9, X64],
  [10, ARM32],
  [11, ARM64],
  [15, IA32],
  [16, X64],
  [17, X64],
  [18, ARM32],
  [19, ARM64],
  [20, BIOS],
  [25, RISCV32],
  [26, RISCV32],
  [27, RISCV64],
  [28, RISCV64],
  [39, LOONG64],
  [40, LOONG64],
]);

/**
 * Returns the name under which iPXE for an architecture is served.
 *
 * @param architecture undefined for firmware that reports none, which is BIOS
 * @param available the files in the folder of programs
 * @returns undefined where there is no program for it
 */
export function binaryFor(architecture: number | undefined, available: ReadonlySet<string>): string | undefined {
  const program = (PROGRAMS.get(architecture ?? 0) ?? []).find((name) => available.has(name));
  return program === undefined ? undefined : `${BINARY_FOLDER}${program}`;
}

/** All program names that are looked for. */
export const PROGRAM_NAMES: readonly string[] = [...new Set([...PROGRAMS.values()].flat())];

function efiNames(...architectures: readonly string[]): readonly string[] {
  return architectures.flatMap((name) => [`ipxe-${name}.efi`, `snponly-${name}.efi`, `${name}-efi/ipxe.efi`]);
}
