import { familySection, optional, tableSection, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";
import { option } from "../options/section.js";
import { domainName } from "../options/values.js";

/** A network beside that of `[bootpd]`. */
export const subnet = familySection(
  "A further network, which is reached through a relay agent, or is that of another `interface`, or a further one of the same link: a machine with a reservation in one network of its link gets that, another one keeps the address that it has, else the next network serves when those before it have no address left. What is not set here is as in `[bootpd]`; `gateway` has to be in this network. Any DHCP option can be set here too, by name or number and with a value as in `[option]`: it takes the place of the one that is set there, sub-options together that of all set there.",
  {
    network: optional(value.subnet, "The network. Required."),
    shared_network: optional(
      value.text,
      "A name for the link that this network is on, the same for all networks of the link, that of `[bootpd]` too: its machines get an address of any of them. Networks of one interface share its link without a name; those behind one relay agent need it.",
    ),
    pool_start: optional(value.ipv4, "The first address to give."),
    pool_count: optional(value.integer(0, 16_777_216), "How many addresses there are from `pool_start` on."),
    pool_ranges: optional(value.listOf(value.range), "Further addresses to give, as `first-last`, `;` between."),
    gateway: optional(
      value.ipv4,
      "The router to announce. None when not set, since it cannot be that of another network.",
    ),
    set_gateway: optional(value.boolean, "Whether to announce a router."),
    dns: optional(value.listOf(value.ipv4), "The DNS servers to announce, `;` between them."),
    domain: optional(value.text, "The domain name to announce."),
    ntp: optional(value.listOf(value.ipv4), "The time servers to announce, `;` between them."),
    domain_search: optional(
      value.listOf(domainName),
      "The domains in which short names are looked up, `;` between them.",
    ),
    next_server: optional(value.ipv4, "The TFTP server, where it is not this host."),
    lease_time: optional(value.leaseTime, "For how long an address is given."),
    min_lease_time: optional(value.leaseTime, "The shortest time that a client gets when it asks for a shorter one."),
    max_lease_time: optional(value.leaseTime, "The longest time that a client gets when it asks for a longer one."),
    boot_file: optional(value.text, "The boot file of every machine of this network, whatever `[bootfile]` says."),
  },
  option,
);

/** One `[subnet NAME]`. */
export type SubnetSection = SectionValues<typeof subnet>[number];

/** `[buggy_clients]` */
export const buggy_clients = tableSection(
  "Machines that hear only 255.255.255.255, by MAC address with an optional number of bits.",
  value.macPattern,
  value.boolean,
  "1C-69-7A/24 = yes",
);
