import { optional, optionsSection, withDefault, type SectionValues } from "../../config/spec.js";
import * as value from "../../config/values.js";

/** A text without line breaks, so that it stays on its line of a script. */
const line: value.Codec<string> = {
  expected: "a text on one line",
  parse: (text) => (text === "" || /[\0-\x1f\x7f]/.test(text) ? undefined : text),
};

/** The section `[ipxe]`. */
export const ipxe = optionsSection(
  "Boots machines by iPXE. Other firmware first gets iPXE, and iPXE then gets a script: at `/auto.ipxe` and `/MAC/auto.ipxe` by HTTP, and at `autoexec.ipxe` also by TFTP. A machine's own script (`[hosts]`) comes first, then `script`, `script_url` or `kernel`. Only one of these three may be set.",
  {
    binary_dir: optional(
      value.path,
      "The folder of iPXE's programs, such as Debian's `/usr/lib/ipxe`. They are served as `ipxe/NAME`. Each architecture gets its own program: `undionly.kpxe`, `ipxe.efi`, `snponly.efi`, `ipxe-arm64.efi`, ….",
    ),
    script: optional(
      value.path,
      "A file with the script for machines that have none of their own. It may contain `{mac}`, `{ip}`, `{uuid}`, `{arch}`, `{hostname}`, `{serial}`, `{manufacturer}`, and the fields that `[hosts]` defines for the machine, by their names there. A value that is not known here is replaced by iPXE's own setting, such as `${netX/mac:hexhyp}` for `{mac}`. The log warns once of a name for which iPXE has no setting (`{arch}`, `{console}`, `{bootFile}`, `{clientId}`, `{domainSearch}`, `{vlanID}`). iPXE's own `${…}` stay as they are.",
    ),
    script_url: optional(line, "The URL from which iPXE loads the script instead. It may contain iPXE's own `${…}`."),
    kernel: optional(
      line,
      "The kernel of a generated script: a path below the root of HTTP (or of TFTP, if HTTP is off), or a URL.",
    ),
    initrd: optional(value.listOf(line), "The initial RAM disks of the kernel, `;` between them."),
    extra_kernel_args: optional(
      line,
      "Further arguments on the kernel's command line. They may contain the same variables as `script`.",
    ),
    retries: withDefault(
      value.integer(0, 1000),
      "5",
      "How often the generated script tries again to fetch the kernel and its RAM disks.",
    ),
    unknown: withDefault(
      value.oneOf("default", "404"),
      "default",
      "What a machine that no source of machines knows gets: the script of this section (`default`), or none (`404`).",
    ),
  },
);

/** The values of `[ipxe]`. */
export type IpxeSettings = SectionValues<typeof ipxe>;
