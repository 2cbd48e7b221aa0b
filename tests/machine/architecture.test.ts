import t from "tap";
import { bootFileFor, describeArchitecture } from "../../lib/machine/architecture.js";

type Files = readonly (readonly [number | "default", string])[];

function fileFor(architecture: number | undefined, files: Files, fallback?: string): string | undefined {
  return bootFileFor(architecture, new Map(files), fallback);
}

await t.test("the boot file is that of the architecture", (t) => {
  const files: Files = [
    ["default", "bios.0"],
    [7, "x64.efi"],
    [11, "arm64.efi"],
    [16, "http://host/x64.efi"],
  ];
  t.equal(fileFor(7, files), "x64.efi");
  t.equal(fileFor(11, files), "arm64.efi");
  t.equal(fileFor(16, files), "http://host/x64.efi");
  t.end();
});

await t.test("default is for BIOS and for machines that name no architecture", (t) => {
  const files: Files = [
    ["default", "bios.0"],
    [7, "x64.efi"],
  ];
  t.equal(fileFor(0, files), "bios.0");
  t.equal(fileFor(undefined, files), "bios.0");
  t.equal(fileFor(0, [...files, [0, "other.0"]]), "other.0", "unless BIOS is listed itself");
  t.equal(fileFor(undefined, [...files, [0, "other.0"]]), "bios.0");
  t.end();
});

await t.test("an architecture that is not listed beside others gets no boot file", (t) => {
  t.equal(
    fileFor(11, [
      ["default", "bios.0"],
      [7, "x64.efi"],
    ]),
    undefined,
  );
  t.equal(fileFor(6, [[7, "x64.efi"]]), undefined);
  t.equal(fileFor(11, [[7, "x64.efi"]], "fallback.0"), undefined, "also where [bootpd] boot_file is set");
  t.equal(
    fileFor(65535, [
      ["default", "bios.0"],
      [7, "x64.efi"],
    ]),
    undefined,
    "nor one that is not assigned",
  );
  t.end();
});

await t.test("default is for every architecture where no other is listed", (t) => {
  for (const architecture of [undefined, 0, 6, 7, 9, 11, 42]) {
    t.equal(fileFor(architecture, [["default", "boot.0"]]), "boot.0");
    t.equal(
      fileFor(architecture, [
        ["default", "boot.0"],
        [0, "boot.0"],
      ]),
      "boot.0",
      "BIOS is no other",
    );
  }
  t.end();
});

await t.test("[bootpd] boot_file is what default is where there is no default", (t) => {
  t.equal(fileFor(0, [], "fallback.0"), "fallback.0");
  t.equal(fileFor(7, [], "fallback.0"), "fallback.0");
  t.equal(fileFor(0, [[7, "x64.efi"]], "fallback.0"), "fallback.0");
  t.equal(fileFor(0, [["default", "default.0"]], "fallback.0"), "default.0");
  t.equal(fileFor(0, []), undefined);
  t.equal(fileFor(0, [[7, "x64.efi"]]), undefined);
  t.end();
});

await t.test("B25 7 and 9 both mean x64 UEFI", (t) => {
  t.equal(fileFor(9, [[7, "seven.efi"]]), "seven.efi");
  t.equal(fileFor(7, [[9, "nine.efi"]]), "nine.efi");
  t.equal(
    fileFor(9, [
      [7, "seven.efi"],
      [9, "nine.efi"],
    ]),
    "nine.efi",
    "each its own where both are listed",
  );
  t.equal(
    fileFor(7, [
      [7, "seven.efi"],
      [9, "nine.efi"],
    ]),
    "seven.efi",
  );
  t.end();
});

await t.test("B24 architectures have the names of IANA's registry", (t) => {
  const names: readonly (readonly [number, RegExp])[] = [
    [0, /^0 \(x86 BIOS\)$/],
    [2, /Itanium/],
    [6, /x86 UEFI/],
    [7, /x64 UEFI/],
    [9, /EBC/],
    [10, /ARM 32-bit UEFI/],
    [11, /ARM 64-bit UEFI/],
    [14, /OPAL/],
    [15, /x86 UEFI HTTP/],
    [16, /x64 UEFI HTTP/],
    [19, /ARM 64-bit UEFI HTTP/],
    [20, /BIOS HTTP/],
    [22, /ARM 64-bit U-Boot/],
    [27, /RISC-V 64-bit UEFI/],
    [32, /s390 Extended/],
    [39, /LoongArch 64-bit UEFI/],
    [41, /rpiboot/],
  ];
  for (const [architecture, name] of names) t.match(describeArchitecture(architecture), name);
  t.equal(describeArchitecture(42), "42", "B24a one that is not assigned is told by its number");
  t.equal(describeArchitecture(65535), "65535");
  t.end();
});
