import { optional, optionsSection, withDefault, tableSection, type ValuesOf } from "../config/spec.js";
import { redisUrl } from "../redis/target.js";
import * as value from "../config/values.js";
import { machineName } from "./machine-name.js";

/** `[static_dhcp]` */
export const static_dhcp = tableSection(
  "Machines that always get the same address, in any network that is served, and optionally a host name. They pass `access = mac` unless `[mac]` refuses them. A client identifier takes precedence over a MAC address. Several MAC addresses or client identifiers with one address are one machine with several cards, which uses one card at a time (docs/hosts.md).",
  machineName,
  value.reserved,
  "00-1E-4F-C4-95-EE = 192.168.1.20 nas",
);

/** `[hosts]` */
export const hosts = optionsSection(
  "Sources of machines in addition to `[static_dhcp]`. If both define the same field of a machine, `[static_dhcp]` takes precedence.",
  {
    file: optional(
      value.fileOrUrl,
      "A YAML or JSON file of machines in the format of Smee's hardware file: for each MAC address `ipAddress`, `hostname`, `netboot` and so on. The file is watched: a valid edit takes effect at once; an invalid one changes nothing. Its machines pass `access = mac`, as those of `[static_dhcp]` do. The file may be at a URL. Then the machines that were read last stay in effect while its server cannot be reached, also after a restart. A reading that lacks more than 20 % of them, and more than 10, takes effect only if the next reading lacks them too (docs/hosts.md).",
    ),
    refresh: withDefault(
      value.duration(1),
      "60",
      "The interval at which a `file` at a URL is read. If its server supports it, an unchanged file is not transferred again.",
    ),
    api: optional(
      value.webUrl,
      "The URL of an API as api-dhcpd's `dhcp-api` and `[api]` serve it, such as `http://127.0.0.1:8080/`. The daemon asks it about a machine when the machine sends a request, and waits for one second at most. An answer is valid for five seconds, and longer while the API cannot be reached. api-dhcpd gives an address of its pool to every machine that it is asked about (docs/from-api-dhcpd.md).",
    ),
    redis: optional(
      redisUrl,
      "A Redis with the machines of api-dhcpd: its keys `mac:`, `client:` and `group:` (docs/hosts.md). The value is one server (`redis://user:password@10.0.0.5:6379/0`, with TLS `rediss://`, or `unix:/run/redis/redis.sock`), the master that Sentinels name (`redis+sentinel://10.0.0.5;10.0.0.6;10.0.0.7/NAME`) or a cluster (`redis+cluster://10.0.0.5;10.0.0.6`). The daemon reads it into memory and watches it: a change takes effect within a second. While it cannot be reached, the machines that were read stay in effect, also after a restart. Requires the package `@redis/client`.",
    ),
    redis_password_file: optional(
      value.path,
      "The file with the password of the Redis. It is read again for each connection. When not set, the password of the URL.",
    ),
    redis_ca: optional(
      value.path,
      "The CA certificates in PEM that verify the certificate of the Redis, instead of the system's. They are read again for each connection.",
    ),
    scripts: optional(
      value.path,
      "A folder of iPXE scripts. The name of each is the MAC address of its machine, such as `52-54-00-61-a1-70`.",
    ),
  },
);

/** The settings that define hosts. */
export type InventorySections = ValuesOf<{ static_dhcp: typeof static_dhcp; hosts: typeof hosts }>;
