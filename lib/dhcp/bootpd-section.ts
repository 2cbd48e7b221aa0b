import { optional, optionsSection, withDefault, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";
import { domainName } from "../options/values.js";

/** `[bootpd]` */
export const bootpd = optionsSection(
  "The BOOTP, DHCP and PXE service and the network it serves.",
  {
    access: optional(
      value.oneOf("mac", "uuid", "http"),
      "Who may boot: the list in `[mac]`, the list in `[uuid]`, or an HTTP authority that `[http]` names. Everybody, when not set.",
      { mayBeEmpty: true },
    ),
    mode: withDefault(
      value.oneOf("server", "proxy", "auto-proxy"),
      "server",
      "`server`: addresses and boot files. `auto-proxy`: boot files for every PXE and HTTP boot client, whose addresses another DHCP server gives (proxyDHCP). `proxy`: the same for known machines only, those of `[static_dhcp]`, `[hosts]` and `access`.",
    ),
    address: withDefault(
      value.ipv4,
      "0.0.0.0",
      "The address to listen on. 0.0.0.0 hears broadcasts on any host. An address of this host, or that of its network such as 192.168.1.0, also chooses the interface to serve.",
      { mayBeEmpty: true },
    ),
    interface: optional(
      value.listOf(value.text),
      "The interfaces to serve, `;` between them. DHCP serves the one whose network holds `pool_start`, and in the proxy modes all of them; TFTP all of them, each address from a socket of its own. When not set: the one that holds `pool_start`; without `pool_start`, in the proxy modes, every one that has an IPv4 address. Of several, those that are there are served; one that is not is served when it comes.",
    ),
    port: withDefault(
      value.port,
      "67",
      "The port to listen on. Replies go to the clients' port 68; with another port than 67, to the port that the request came from.",
    ),
    port67: withDefault(
      value.boolean,
      "yes",
      "No: another DHCP daemon runs on this very host and has port 67; only `pxe_port` is opened. That daemon has to send option 60 `PXEClient`. Takes one of the proxy modes.",
    ),
    pxe_port: withDefault(
      value.port,
      "4011",
      "The port of boot servers (PXE 2.1), where firmware asks for its boot file when its offer had none, or a menu. Open in the proxy modes, and where an answer could send a machine there: with `pxe_style = binl`, here or in a profile, and with a `[menu]`.",
    ),
    pxe_style: optional(
      value.oneOf("bypass", "binl", "plain"),
      "How firmware is told to take its boot file. `bypass`: at once (option 43.6 = 08). `binl`: from port 4011, without option 43. `plain`: as any DHCP client, without options 60 and 43 (`binl` in the proxy modes). When not set: as the profile of the machine says, else `bypass`.",
    ),
    dry_run: withDefault(
      value.boolean,
      "no",
      "Answer no BOOTP, DHCP or PXE request, and log what would have been answered. Leases are not kept.",
    ),
    pool_start: optional(
      value.ipv4,
      "The first address to give; it must be in the network of one of this host's interfaces, which is the one served. Required in `mode = server`, also with `pool_count = 0`.",
    ),
    pool_count: withDefault(
      value.integer(0, 16_777_216),
      "10",
      "How many addresses there are to give from `pool_start` on. 0: only those of `[static_dhcp]`.",
    ),
    pool_ranges: optional(
      value.listOf(value.range),
      "Further addresses to give, as `first-last`, `;` between the ranges.",
    ),
    netmask: optional(value.netmask, "The mask of the network, where it is not the interface's own."),
    shared_network: optional(
      value.text,
      "A name for the link that this network is on, where a `[subnet]` that is on it too has no address of this host's: see there.",
    ),
    gateway: optional(value.ipv4, "The router to announce; this host's own address when not set.", {
      mayBeEmpty: true,
    }),
    set_gateway: withDefault(value.boolean, "yes", "Whether to announce a router at all."),
    dns: optional(
      value.orWord("auto", value.listOf(value.ipv4)),
      "The DNS servers to announce, `;` between them. `auto`: those that this host uses, or its own address where it knows none.",
      { mayBeEmpty: true },
    ),
    domain: withDefault(value.text, "localdomain", "The domain name to announce."),
    servername: optional(
      value.text,
      "This server's name, without the domain: the `sname` of replies and the name in option 66. Its address, when not set.",
      { aliases: ["server_name"], mayBeEmpty: true },
    ),
    ntp: optional(value.listOf(value.ipv4), "The time servers to announce (option 42), `;` between them."),
    domain_search: optional(
      value.listOf(domainName),
      "The domains in which short names are looked up (option 119), `;` between them.",
    ),
    next_server: optional(
      value.ipv4,
      "The TFTP server, where it is not this host: the `siaddr` of replies, and options 66 and 150.",
    ),
    lease_time: withDefault(
      value.leaseTime,
      "86400",
      "For how long an address is given, to clients that do not ask for a time of their own.",
    ),
    min_lease_time: optional(
      value.leaseTime,
      "The shortest time that a client gets when it asks for a shorter one. When this and `max_lease_time` are not set, all get `lease_time`; when one is set, `lease_time` is the other.",
    ),
    max_lease_time: optional(
      value.leaseTime,
      "The longest time that a client gets when it asks for a longer one; `infinite` grants also that.",
    ),
    lease_db: optional(
      value.orWord("memory", value.path),
      "The folder of the lease database (`leases` in `state_dir`, when not set). `memory`: leases are forgotten when the daemon stops.",
    ),
    authoritative: withDefault(
      value.boolean,
      "no",
      "Whether this is the only DHCP server of its networks: machines with an address that is not known here are then told to ask for another (DHCPNAK). Off: they are left alone, since another server may know them.",
    ),
    standby_for: optional(
      value.ipv4,
      "The address of the server whose standby this one is: this one asks it `GET /ping` once a second, and answers nothing while it serves. When it misses two questions, this one serves the machines that have an address in `[static_dhcp]` or `[hosts]`, until it has answered two (docs/from-api-dhcpd.md). A machine with `once` boots from its own disk meanwhile.",
    ),
    standby_dynamic: withDefault(
      value.boolean,
      "no",
      "Whether a standby gives addresses of its pool, too. The pool must hold no address that the other server gives.",
    ),
    heartbeat_port: optional(
      value.port,
      "The TCP port at which `GET /ping` is answered for a standby: 200, or 503 while leases cannot be kept or the inventory is not known. It is open on `address` when set. A standby asks at this port of the other server, 8079 when not set.",
    ),
    client_key: withDefault(
      value.oneOf("mac", "client-id"),
      "mac",
      "What a machine is known by. `mac`: firmware, iPXE and the operating system get one address. `client-id`: option 61 where it is sent (RFC 2131 4.2), so that each of them may get its own.",
    ),
    offer_time: withDefault(value.duration(1), "60", "For how long an address that was offered waits to be taken."),
    decline_time: withDefault(
      value.duration(0),
      "86400",
      "For how long an address that a machine found in use by another is not given.",
    ),
    probe_time: withDefault(
      value.duration(0),
      "0",
      "How long to ask on the link, by ARP, whether somebody uses a new address before it is offered; 0 for not at all, `0.4` does. Others do not wait meanwhile.",
    ),
    boot_file: optional(value.text, "The boot file of machines for which `[bootfile]` has none.", {
      mayBeEmpty: true,
    }),
    allow_simple_dhcp: withDefault(
      value.boolean,
      "no",
      "Serve BOOTP and DHCP clients that were not seen to boot by PXE before. Off: an address only for machines that booted from here.",
    ),
    notify: optional(
      value.listOf(value.endpoint),
      "Where to send a UDP datagram when a machine boots, gets a lease or releases one, as `address:port`, `;` between them.",
      { mayBeEmpty: true },
    ),
    timeout: optional(
      value.duration(0.1),
      "How long the HTTP authority may take to answer, where `[http]` does not say.",
    ),
  },
  ["bootp"],
);

/** The values of `[bootpd]`. */
export type BootpdSettings = SectionValues<typeof bootpd>;
