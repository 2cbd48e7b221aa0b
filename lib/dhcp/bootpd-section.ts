import { optional, optionsSection, withDefault, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";
import { domainName } from "../options/values.js";

/** `[bootpd]` */
export const bootpd = optionsSection(
  "The BOOTP, DHCP and PXE service and the network it serves.",
  {
    access: optional(
      value.oneOf("mac", "uuid", "http"),
      "What decides which machines may boot: the list in `[mac]`, the list in `[uuid]`, or the HTTP authority that `[http]` names. When not set, every machine may boot.",
      { mayBeEmpty: true },
    ),
    mode: withDefault(
      value.oneOf("server", "proxy", "auto-proxy"),
      "server",
      "`server`: the daemon gives addresses and boot files. `auto-proxy`: it gives boot files to every PXE and HTTP boot client, and another DHCP server gives the addresses (proxyDHCP). `proxy`: as `auto-proxy`, for known machines only: those of `[static_dhcp]`, `[hosts]` and `access`.",
    ),
    address: withDefault(
      value.ipv4,
      "0.0.0.0",
      "The address to listen on. 0.0.0.0 receives broadcasts on any host. An address of this host, or the address of its network such as 192.168.1.0, also selects the interface to serve.",
      { mayBeEmpty: true },
    ),
    interface: optional(
      value.listOf(value.text),
      "The interfaces to serve, `;` between them. DHCP serves the interface whose network contains `pool_start`; in the proxy modes it serves all of them. TFTP serves all of them, with one socket for each address. When not set: the interface whose network contains `pool_start`; in the proxy modes without `pool_start`, every interface that has an IPv4 address. Where several are listed, a missing one is served as soon as it appears.",
    ),
    port: withDefault(
      value.port,
      "67",
      "The port to listen on. Replies go to the clients' port 68; if this port is not 67, they go to the source port of the request.",
    ),
    port67: withDefault(
      value.boolean,
      "yes",
      "`no`: another DHCP daemon on this host uses port 67, and only `pxe_port` is opened. That daemon must send option 60 `PXEClient`. `no` requires one of the proxy modes.",
    ),
    pxe_port: withDefault(
      value.port,
      "4011",
      "The port of boot servers (PXE 2.1). Firmware asks there for its boot file if its offer contained none, or a menu. The port is open in the proxy modes, and where an answer can send a machine there: with `pxe_style = binl`, here or in a profile, and with a `[menu]`.",
    ),
    pxe_style: optional(
      value.oneOf("bypass", "binl", "plain"),
      "How firmware gets its boot file. `bypass`: at once (option 43.6 = 08). `binl`: from port 4011, without option 43. `plain`: as any DHCP client, without options 60 and 43 (`binl` in the proxy modes). When not set: the value of the machine's profile, else `bypass`.",
    ),
    dry_run: withDefault(
      value.boolean,
      "no",
      "Answer no BOOTP, DHCP or PXE request, and log each answer instead. No lease is kept.",
    ),
    pool_start: optional(
      value.ipv4,
      "The first address to give. It must be in the network of one of this host's interfaces; that interface is served. Required in `mode = server`, also with `pool_count = 0`.",
    ),
    pool_count: withDefault(
      value.integer(0, 16_777_216),
      "10",
      "The number of addresses to give, from `pool_start` on. 0: only those of `[static_dhcp]`.",
    ),
    pool_ranges: optional(
      value.listOf(value.range),
      "Further addresses to give, as `first-last`, `;` between the ranges.",
    ),
    netmask: optional(value.netmask, "The mask of the network, if it differs from that of the interface."),
    shared_network: optional(
      value.text,
      "The name of the link of this network. It is needed if a `[subnet]` of the same link contains no address of this host; see `shared_network` there.",
    ),
    gateway: optional(value.ipv4, "The router to announce. When not set, this host's own address.", {
      mayBeEmpty: true,
    }),
    set_gateway: withDefault(value.boolean, "yes", "Whether to announce a router at all."),
    dns: optional(
      value.orWord("auto", value.listOf(value.ipv4)),
      "The DNS servers to announce, `;` between them. `auto`: the servers that this host uses, or its own address if it uses none.",
      { mayBeEmpty: true },
    ),
    domain: withDefault(value.text, "localdomain", "The domain name to announce."),
    servername: optional(
      value.text,
      "This server's name, without the domain: the `sname` of replies and the name in option 66. When not set, its address.",
      { aliases: ["server_name"], mayBeEmpty: true },
    ),
    ntp: optional(value.listOf(value.ipv4), "The time servers to announce (option 42), `;` between them."),
    domain_search: optional(
      value.listOf(domainName),
      "The domains in which short names are looked up (option 119), `;` between them.",
    ),
    next_server: optional(
      value.ipv4,
      "The TFTP server, if it is not this host: the `siaddr` of replies, and options 66 and 150.",
    ),
    lease_time: withDefault(
      value.leaseTime,
      "86400",
      "The duration of a lease for clients that do not ask for a time.",
    ),
    min_lease_time: optional(
      value.leaseTime,
      "The shortest lease: a client that asks for less gets this. If neither this nor `max_lease_time` is set, all clients get `lease_time`. If only one is set, `lease_time` is the other limit.",
    ),
    max_lease_time: optional(
      value.leaseTime,
      "The longest lease: a client that asks for more gets this. `infinite` also grants infinite leases.",
    ),
    lease_db: optional(
      value.orWord("memory", value.path),
      "The folder of the lease database. When not set, `leases` in `state_dir`. `memory`: leases are lost when the daemon stops.",
    ),
    authoritative: withDefault(
      value.boolean,
      "no",
      "Whether this is the only DHCP server of its networks. `yes`: a machine with an address that is not known here gets a DHCPNAK, and must ask for another address. `no`: such a machine gets no answer, since another server may know it.",
    ),
    standby_for: optional(
      value.ipv4,
      "The address of the master, if this server is its standby. The standby sends `GET /ping` to the master once a second, and answers nothing while the master serves. After two pings without the answer 200, the standby serves the machines that have an address in `[static_dhcp]` or `[hosts]`, until the master has answered two pings (docs/from-api-dhcpd.md). Meanwhile, a machine with `once` boots from its own disk.",
    ),
    standby_dynamic: withDefault(
      value.boolean,
      "no",
      "Whether a standby also gives addresses of its pool. The pool must contain no address that the other server gives.",
    ),
    heartbeat_port: optional(
      value.port,
      "The TCP port that answers `GET /ping` of a standby: with 200, or with 503 while leases cannot be kept or the inventory is not known. The port is open on `address`, if this option is set. A standby asks the other server at this port, or at 8079 when not set.",
    ),
    client_key: withDefault(
      value.oneOf("mac", "client-id"),
      "mac",
      "What identifies a machine. `mac`: its MAC address, so firmware, iPXE and the operating system get one address. `client-id`: option 61 if it is sent (RFC 2131 4.2), so each of them may get its own address.",
    ),
    offer_time: withDefault(value.duration(1), "60", "How long an offered address stays reserved for the client."),
    decline_time: withDefault(
      value.duration(0),
      "86400",
      "How long an address is not given after a machine found that another one uses it.",
    ),
    probe_time: withDefault(
      value.duration(0),
      "0",
      "How long to probe by ARP whether a new address is in use, before it is offered. 0: no probe. `0.4` is enough. Other clients do not wait meanwhile.",
    ),
    boot_file: optional(value.text, "The boot file of machines for which `[bootfile]` has none.", {
      mayBeEmpty: true,
    }),
    allow_simple_dhcp: withDefault(
      value.boolean,
      "no",
      "Serve BOOTP and DHCP clients that this server has not seen boot by PXE. `no`: only machines that booted from here get an address.",
    ),
    notify: optional(
      value.listOf(value.endpoint),
      "The receivers of a UDP datagram when a machine boots, gets a lease or releases one, as `address:port`, `;` between them.",
      { mayBeEmpty: true },
    ),
    timeout: optional(
      value.duration(0.1),
      "How long the HTTP authority may take to answer, if `timeout` of `[http]` is not set.",
    ),
  },
  ["bootp"],
);

/** The values of `[bootpd]`. */
export type BootpdSettings = SectionValues<typeof bootpd>;
