import { familySection, optional, tableSection, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";
import { option } from "../options/section.js";
import { domainName } from "../options/values.js";

/** A network beside that of `[bootpd]`. */
export const subnet = familySection(
  "A further network: one behind a relay agent, one of another `interface`, or another one of the same link. On a link with several networks, a machine with a reservation in one of them gets that address; any other machine keeps the address that it has; a new machine gets an address of the first network that has one left. An option that is not set here has the value of `[bootpd]`. `gateway` must be in this network. Any DHCP option can also be set here, by name or number, with a value as in `[option]`. It replaces the one that is set there; sub-options that are set here together replace all that are set there.",
  {
    network: optional(value.subnet, "The network. Required."),
    shared_network: optional(
      value.text,
      "The name of the link of this network. All networks with the same name, also that of `[bootpd]`, are on one link, and a machine there gets an address of any of them. Networks of one interface need no name; networks behind one relay agent do.",
    ),
    pool_start: optional(value.ipv4, "The first address to give."),
    pool_count: optional(value.integer(0, 16_777_216), "The number of addresses to give, from `pool_start` on."),
    pool_ranges: optional(
      value.listOf(value.range),
      "Further addresses to give, as `first-last`, `;` between the ranges.",
    ),
    gateway: optional(
      value.ipv4,
      "The router to announce. When not set, none, since it cannot be the router of another network.",
    ),
    set_gateway: optional(value.boolean, "Whether to announce a router."),
    dns: optional(value.listOf(value.ipv4), "The DNS servers to announce, `;` between them."),
    domain: optional(value.text, "The domain name to announce."),
    ntp: optional(value.listOf(value.ipv4), "The time servers to announce, `;` between them."),
    domain_search: optional(
      value.listOf(domainName),
      "The domains in which short names are looked up, `;` between them.",
    ),
    next_server: optional(value.ipv4, "The TFTP server, if it is not this host."),
    lease_time: optional(value.leaseTime, "The duration of a lease, as in `[bootpd]`."),
    min_lease_time: optional(value.leaseTime, "The shortest lease, as in `[bootpd]`."),
    max_lease_time: optional(value.leaseTime, "The longest lease, as in `[bootpd]`."),
    boot_file: optional(
      value.text,
      "The boot file of every machine of this network. It takes precedence over `[bootfile]`.",
    ),
  },
  option,
);

/** One `[subnet NAME]`. */
export type SubnetSection = SectionValues<typeof subnet>[number];

/** `[buggy_clients]` */
export const buggy_clients = tableSection(
  "Machines that receive only packets to 255.255.255.255, by MAC address with an optional number of bits.",
  value.macPattern,
  value.boolean,
  "1C-69-7A/24 = yes",
);
