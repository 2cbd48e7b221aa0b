import { menuSetting } from "./menu.js";
import { familySection, optional, tableSection, withDefault, type ValuesOf } from "../config/spec.js";
import * as value from "../config/values.js";

/** The section `[menu]`. */
export const menu = tableSection(
  "A boot menu of PXE firmware (option 43), for machines that have no boot file from an authority, a host or a subnet. `prompt` is the text above the menu. `timeout` is the number of seconds until the first item boots (0 to 254; 0: at once; `wait`: never). Every other line is an item. A single item boots without a menu.",
  value.text,
  value.text,
  "Install Debian = pxelinux.0",
  { valueFor: menuSetting },
);

/** The sections `[profile NAME]`. */
export const profile = familySection(
  "Settings for one family of clients. A profile matches a machine that is in every list that the profile sets. If several profiles match, the first one that has a setting decides it. The profiles of this file come before the built-in ones, which `pybootd --check -v` lists. A profile with the name of a built-in one changes the built-in one.",
  {
    match_mac: optional(value.listOf(value.macPattern), "MAC addresses of the machines, `;` between them."),
    match_uuid: optional(value.listOf(value.uuidPattern), "UUIDs of the machines (option 97), `;` between them."),
    match_arch: optional(
      value.listOf(value.integer(0, 65535)),
      "Numbers of the architectures (option 93), `;` between them.",
    ),
    match_vendor: optional(value.listOf(value.text), "Texts with which the vendor class (option 60) begins."),
    match_user_class: optional(value.listOf(value.text), "User classes (option 77), of which a machine sends one."),
    enable: withDefault(value.boolean, "yes", "`no` disables a built-in profile."),
    client: optional(
      value.oneOf("pxe", "http", "dhcp"),
      "The kind of client that a machine is treated as, whatever it sends. `pxe` is for firmware with a vendor class of its own; answers then contain the name in `match_vendor`.",
    ),
    pxe_style: optional(value.oneOf("bypass", "binl", "plain"), "As in `[bootpd]`."),
    menu_label: optional(
      value.quoted,
      "The label of the menu entry that the firmware looks for; in quotes if it ends with blanks.",
    ),
    broadcast: optional(value.boolean, "Send answers to 255.255.255.255 only, as for `[buggy_clients]`."),
    nul_terminate: optional(value.boolean, "End the texts of options 66 and 67 with a NUL."),
    reply_delay: optional(value.duration(0), "The delay before an answer is sent."),
    max_blksize: optional(value.integer(8, 65464), "The largest TFTP block size that is granted."),
    refuse_options: optional(
      value.listOf(value.oneOf("blksize", "tsize", "timeout", "windowsize")),
      "TFTP options that are not granted, `;` between them.",
    ),
    least_wait: optional(
      value.orWord("timeout", value.duration(0.01)),
      "The shortest time to wait for a TFTP acknowledgement before packets are sent again: a time, or `timeout` for the whole `timeout` of `[tftpd]`, for firmware that takes a second copy of a block for the next block. When not set: 20 ms for loaders whose code drops copies (iPXE, PXELINUX, GRUB, edk2), else 200 ms; with windows, at least 100 ms. A `timeout` that is set in `[tftpd]`, or that the client negotiated, takes precedence over this option.",
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
  "The boot file for each architecture (DHCP option 93). `default` applies to machines that send no architecture, to BIOS (0), and, if no other architecture is listed, to all machines. If others are listed, machines of an unlisted architecture get an address but no boot file.",
  architecture,
  value.text,
  "00007 = bootx64.efi",
);

/** The values of the boot sections. */
export type BootSections = ValuesOf<{ bootfile: typeof bootfile; menu: typeof menu; profile: typeof profile }>;
