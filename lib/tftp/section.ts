import { optional, optionsSection, withDefault, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";

/** The section `[tftpd]`. */
export const tftpd = optionsSection(
  "The TFTP service.",
  {
    address: optional(
      value.ipv4,
      "The address to listen on; that of the BOOTP/DHCP side when not set, and every one with `-t`.",
    ),
    port: withDefault(value.port, "69", "The port to listen on."),
    root: withDefault(
      value.root,
      ".",
      "The folder to serve, or a URL below which the files are. When not set, the folder of this file is served, with a warning. This file, what it names for the daemon, and files that others may not read are not served.",
    ),
    blocksize: withDefault(
      value.integer(8, 65464),
      "512",
      "The size of a block when the client does not ask for one. Firmware expects 512 (RFC 1350).",
    ),
    timeout: optional(
      value.duration(0.1),
      "How long to wait for an acknowledgement before the last packets are sent again, doubled each time. When not set: 2 s at first, then as the round trips suggest, and not below the least wait of the client (`least_wait` in `[profile]`). Also how long a mirror may keep silent before its clients are told that the file cannot be had (10 s when not set).",
    ),
    max_blocksize: withDefault(
      value.integer(512, 65464),
      "65464",
      "The largest block that is granted, where the way to the client carries it unfragmented: the MTU of that way, as far as the system knows it, less 32 is the limit in any case.",
    ),
    max_windowsize: withDefault(
      value.integer(1, 64),
      "64",
      "The largest number of blocks that may be under way at once (RFC 7440).",
    ),
    retries: withDefault(
      value.integer(1, 20),
      "5",
      "How often a packet is sent again, after gaps that double, before the client is given up.",
    ),
    max_transfers: withDefault(
      value.integer(1, 65536),
      "4096",
      "How many transfers there may be at once. Further requests are not answered; clients ask again.",
    ),
    single_port: withDefault(
      value.boolean,
      "no",
      "Answer from the service's port instead of one for the transfer: for containers and networks that translate addresses.",
    ),
    clients: optional(
      value.listOf(value.addressOrSubnet),
      "The networks, and addresses, that are served, `;` between them; all when not set. What others ask is dropped without an answer, so that nobody far away is sent files that another asked for in its name.",
    ),
  },
  ["tftp"],
);

/** The values of `[tftpd]`. */
export type TftpdSettings = SectionValues<typeof tftpd>;
