import { optional, optionsSection, withDefault, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";

/** The section `[tftpd]`. */
export const tftpd = optionsSection(
  "The TFTP service.",
  {
    address: optional(
      value.ipv4,
      "The address to listen on. When not set, the address of the DHCP service, or every address with `-t`.",
    ),
    port: withDefault(value.port, "69", "The port to listen on."),
    root: withDefault(
      value.root,
      ".",
      "The folder to serve, or the URL below which the files are. When not set, the folder of this file is served, with a warning. This file, the files that it names for the daemon, and files that others may not read are not served.",
    ),
    blocksize: withDefault(
      value.integer(8, 65464),
      "512",
      "The block size for clients that do not ask for one. Firmware expects 512 (RFC 1350).",
    ),
    timeout: optional(
      value.duration(0.1),
      "How long to wait for an acknowledgement before the last packets are sent again. The time doubles with each repetition. When not set: 2 s at first, then a time derived from the round trips, but not less than `least_wait` in `[profile]`. Also how long a mirror may send nothing before its clients get an error; 10 s when not set.",
    ),
    max_blocksize: withDefault(
      value.integer(512, 65464),
      "65464",
      "The largest block size that is granted. A block never exceeds the MTU of the path to the client, as far as the system knows it, less 32, so that it is not fragmented.",
    ),
    max_windowsize: withDefault(
      value.integer(1, 64),
      "64",
      "The largest window size that is granted: the number of blocks sent without an acknowledgement (RFC 7440).",
    ),
    retries: withDefault(
      value.integer(1, 20),
      "5",
      "How often a packet is sent again, after waits that double, before the transfer is abandoned.",
    ),
    max_transfers: withDefault(
      value.integer(1, 65536),
      "4096",
      "The maximum number of simultaneous transfers. Further requests get no answer; clients repeat them.",
    ),
    single_port: withDefault(
      value.boolean,
      "no",
      "Answer from the port of the service instead of a separate port for each transfer: for containers and networks that translate addresses.",
    ),
    clients: optional(
      value.listOf(value.addressOrSubnet),
      "The networks and addresses that are served, `;` between them. When not set, all. Requests from other addresses get no answer, so that forged requests do not send files to a distant host.",
    ),
  },
  ["tftp"],
);

/** The values of `[tftpd]`. */
export type TftpdSettings = SectionValues<typeof tftpd>;
