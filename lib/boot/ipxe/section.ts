import { optional, optionsSection, withDefault, type SectionValues } from "../../config/spec.js";
import * as value from "../../config/values.js";

/** A text without line breaks, so that it stays on its line of a script. */
const line: value.Codec<string> = {
  expected: "a text on one line",
  parse: (text) => (text === "" || /[\0-\x1f\x7f]/.test(text) ? undefined : text),
};

/** The section `[ipxe]`. */
export const ipxe = optionsSection(
  "Other firmware is given iPXE first, and iPXE is given a script, at `/auto.ipxe` and `/MAC/auto.ipxe` by HTTP and at `autoexec.ipxe` also by TFTP. A machine's own script counts (`[hosts]`), then `script`, `script_url` or `kernel`, of which there may be one.",
  {
    binary_dir: optional(
      value.path,
      "The folder of iPXE's programs, such as Debian's `/usr/lib/ipxe`. They are served as `ipxe/NAME`, and each architecture gets its own: `undionly.kpxe`, `ipxe.efi`, `snponly.efi`, `ipxe-arm64.efi`, ….",
    ),
    script: optional(
      value.path,
      "A file with the script for machines that have none of their own. It may hold `{mac}`, `{ip}`, `{uuid}`, `{arch}`, `{hostname}`, `{serial}`, `{manufacturer}`, and what `[hosts]` says of the machine by the names it has there. Of what is not known here iPXE's own setting takes the place, such as `${netX/mac:hexhyp}` for `{mac}`; the log warns once of a name that iPXE has none for (`{arch}`, `{console}`, `{bootFile}`, `{clientId}`, `{domainSearch}`, `{vlanID}`). iPXE's own `${…}` stay.",
    ),
    script_url: optional(line, "A URL where iPXE finds the script instead. It may hold iPXE's own `${…}`."),
    kernel: optional(
      line,
      "The kernel of a script that is made here: a path below the root of HTTP (or of TFTP, where HTTP is off), or a URL.",
    ),
    initrd: optional(value.listOf(line), "Its initial RAM disks, `;` between them."),
    extra_kernel_args: optional(line, "What is added to the kernel's command line. It may hold what `script` may."),
    retries: withDefault(
      value.integer(0, 1000),
      "5",
      "How often the script that is made here tries again to fetch the kernel and its RAM disks.",
    ),
    unknown: withDefault(
      value.oneOf("default", "404"),
      "default",
      "What a machine gets that no source of machines knows: the script of this section, or none.",
    ),
  },
);

/** The values of `[ipxe]`. */
export type IpxeSettings = SectionValues<typeof ipxe>;
