import { menuSetting } from "./menu.js";
import { familySection, optional, tableSection, withDefault, type ValuesOf } from "../config/spec.js";
import * as value from "../config/values.js";

/** The section `[menu]`. */
export const menu = tableSection(
  "A boot menu of PXE firmware (option 43), for machines that no authority, host or subnet names a file for: `prompt` is the text above it, `timeout` the seconds until the first item boots (0 to 254; 0: at once; `wait`: never), and every other line an item. With one item there is no menu: it boots.",
  value.text,
  value.text,
  "Install Debian = pxelinux.0",
  { valueFor: menuSetting },
);

/** The sections `[profile NAME]`. */
export const profile = familySection(
  "What one family of clients needs otherwise than others. A machine is of the family where it is in every list that is given. Of several profiles that match, each setting is that of the first that has one; yours come before the built-in ones, which `pybootd --check -v` lists. One that has the name of a built-in profile changes that.",
  {
    match_mac: optional(value.listOf(value.macPattern), "Its MAC address, `;` between several."),
    match_uuid: optional(value.listOf(value.uuidPattern), "Its UUID (option 97), `;` between several."),
    match_arch: optional(
      value.listOf(value.integer(0, 65535)),
      "The number of its architecture (option 93), `;` between several.",
    ),
    match_vendor: optional(value.listOf(value.text), "How its vendor class (option 60) begins."),
    match_user_class: optional(value.listOf(value.text), "One of its user classes (option 77)."),
    enable: withDefault(value.boolean, "yes", "No turns a built-in profile off."),
    client: optional(
      value.oneOf("pxe", "http", "dhcp"),
      "What it is taken for, whatever it says: `pxe` for firmware with a vendor class of its own, which is then answered by the name in `match_vendor`.",
    ),
    pxe_style: optional(value.oneOf("bypass", "binl", "plain"), "As in `[bootpd]`."),
    menu_label: optional(
      value.quoted,
      "The label of a menu's entry that the firmware looks for; in quotes where blanks end it.",
    ),
    broadcast: optional(value.boolean, "Answer at 255.255.255.255 only, as for `[buggy_clients]`."),
    nul_terminate: optional(value.boolean, "End the texts of options 66 and 67 with a NUL."),
    reply_delay: optional(value.duration(0), "How long an answer waits."),
    max_blksize: optional(value.integer(8, 65464), "The largest block that is granted by TFTP."),
    refuse_options: optional(
      value.listOf(value.oneOf("blksize", "tsize", "timeout", "windowsize")),
      "TFTP options that are not granted, `;` between several.",
    ),
    least_wait: optional(
      value.orWord("timeout", value.duration(0.01)),
      "How long at least to wait for an acknowledgement by TFTP before packets are sent again: a time, or `timeout` for all of `[tftpd] timeout`, for firmware that takes a second copy of a block for the next block. When not set: 20 ms where a loader asks whose code drops copies (iPXE, PXELINUX, GRUB, edk2), else 200 ms; with windows at least 100 ms. A `timeout` that is set in `[tftpd]`, or that the client negotiated, is the least wait in any case.",
    ),
  },
);

/** A key of `[bootfile]`: the number of an architecture (DHCP option 93), or the word for all others. */
const architecture: value.Codec<number | "default"> = value.orWord("default", {
  expected: "the number of an architecture such as 00007",
  parse: (text, context) => value.integer(0, 65535).parse(text, context),
});

/** The section `[bootfile]`. */
export const bootfile = tableSection(
  "The boot file by architecture (DHCP option 93). `default` is for machines that name none, for BIOS (0), and, when no other architecture is listed, for every one. An architecture that is not listed beside others gets an address but no boot file.",
  architecture,
  value.text,
  "00007 = bootx64.efi",
);

/** The values of the boot sections. */
export type BootSections = ValuesOf<{ bootfile: typeof bootfile; menu: typeof menu; profile: typeof profile }>;
