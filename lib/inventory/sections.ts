import { optional, optionsSection, withDefault, tableSection, type ValuesOf } from "../config/spec.js";
import { redisUrl } from "../redis/target.js";
import * as value from "../config/values.js";
import { machineName } from "./machine-name.js";

/** `[static_dhcp]` */
export const static_dhcp = tableSection(
  "Machines that always get the same address, in any network that is served, and optionally the host name that they are told. They pass `access = mac` unless `[mac]` says otherwise. The most precise name counts: a client identifier before a MAC address. Several MAC addresses or client identifiers with one address are one machine with several cards, which uses one of them at a time (docs/hosts.md).",
  machineName,
  value.reserved,
  "00-1E-4F-C4-95-EE = 192.168.1.20 nas",
);

/** `[hosts]` */
export const hosts = optionsSection(
  "What is known of machines, beside `[static_dhcp]`. What both say of a machine is as `[static_dhcp]` says.",
  {
    file: optional(
      value.fileOrUrl,
      "A YAML or JSON file of machines in the shape of Smee's hardware file: for each MAC address `ipAddress`, `hostname`, `netboot` and so on. It is followed: an edit counts at once, and not at all where something is wrong with it. The machines in it pass `access = mac`, as those of `[static_dhcp]` do. It may be at a URL: then the machines that were read last stay in effect while its server is away, over restarts too, and a reading that lacks more than 20 % of them, and more than 10, counts when the next one agrees (docs/hosts.md).",
    ),
    refresh: withDefault(
      value.duration(1),
      "60",
      "How often a `file` at a URL is read. It is asked for only where it changed, if its server tells.",
    ),
    api: optional(
      value.webUrl,
      "An API as api-dhcpd's `dhcp-api` and `[api]` serve it, such as `http://127.0.0.1:8080/`. It is asked about each machine when that asks, for one second at most. Its answer serves for five seconds, and for as long as the API cannot be asked. api-dhcpd gives an address of its pool to every machine that it is asked about (docs/from-api-dhcpd.md).",
    ),
    redis: optional(
      redisUrl,
      "A Redis with the machines of api-dhcpd: its keys `mac:`, `client:` and `group:` (docs/hosts.md). One server (`redis://user:password@10.0.0.5:6379/0`, with TLS `rediss://`, or `unix:/run/redis/redis.sock`), the master that Sentinels name (`redis+sentinel://10.0.0.5;10.0.0.6;10.0.0.7/NAME`) or a cluster (`redis+cluster://10.0.0.5;10.0.0.6`). It is read into memory and followed: a change counts within a second. While it is away, what was read stays in effect, over restarts too. Needs the package `@redis/client`.",
    ),
    redis_password_file: optional(
      value.path,
      "The file of the password for it, read anew for each connection. Default: the password of the URL.",
    ),
    redis_ca: optional(
      value.path,
      "The certificates in PEM that may sign that of the Redis, instead of the system's. They are read anew for each connection.",
    ),
    scripts: optional(
      value.path,
      "A folder of iPXE scripts that are named by the MAC address of their machine, such as `52-54-00-61-a1-70`.",
    ),
  },
);

/** The settings that define hosts. */
export type InventorySections = ValuesOf<{ static_dhcp: typeof static_dhcp; hosts: typeof hosts }>;
