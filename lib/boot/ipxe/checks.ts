import type { Problem } from "../../config/problem.js";
import type { ReadSections } from "../../config/read.js";
import { isMissing } from "../../files/checks.js";
import type { IpxeSettings } from "./section.js";

type IpxeReading = ReadSections<{ readonly ipxe: IpxeSettings }>;

/** Checks that iPXE has one script at most, and a RAM disk only beside a kernel. */
export function checkIpxe({ settings: { ipxe }, lineOf }: IpxeReading): readonly Problem[] {
  const place = (option: string): Problem => ({
    line: lineOf("ipxe", option),
    section: "ipxe",
    option,
    expected: "one of script, script_url and kernel",
    got: `${option} too`,
  });
  const said = (["script", "script_url", "kernel"] as const).filter((option) => ipxe[option] !== undefined);
  const stray = ipxe.kernel === undefined && ipxe.initrd !== undefined;
  return [
    ...said.slice(1).map(place),
    ...(stray ? [{ ...place("initrd"), expected: "a kernel for it", got: "initrd without one" }] : []),
  ];
}

/** Returns warnings about files of iPXE that do not exist. */
export function ipxeWarnings({ script, binary_dir: programs }: IpxeSettings): readonly string[] {
  return [
    ...(script !== undefined && isMissing(script)
      ? [`[ipxe] script: there is no file ${script}; machines without a script of their own get none`]
      : []),
    ...(programs !== undefined && isMissing(programs, "folder")
      ? [`[ipxe] binary_dir: there is no folder ${programs}; no program of iPXE can be served`]
      : []),
  ];
}
