import { optional, optionsSection, withDefault, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";

/** The section `[httpd]`. */
export const httpd = optionsSection("The HTTP service.", {
  enable: withDefault(value.boolean, "no", "Serve HTTP (as `-H` does)."),
  address: optional(value.ipv4, "The address to listen on; that of the BOOTP/DHCP side when not set."),
  port: withDefault(value.port, "80", "The port to listen on; 443 with a `certificate`, when not set."),
  root: withDefault(
    value.root,
    ".",
    "The folder to serve, or a URL below which the files are, as `root` of `[tftpd]`. `[filters]` comes first; what is not there is looked for where TFTP has its files.",
  ),
  check_ip: withDefault(value.boolean, "yes", "Serve only machines that hold an address of ours; others get 401."),
  certificate: optional(
    value.path,
    "The server's certificate, with those between it and its root, in PEM. With `key`: HTTPS instead of HTTP.",
  ),
  key: optional(value.path, "The key of `certificate`, in PEM, without a passphrase."),
  trusted_proxies: optional(
    value.listOf(value.addressOrSubnet),
    "Proxies that say in X-Forwarded-For who asks, as addresses or networks, `;` between them. Of all others that header is ignored.",
  ),
});

/** The values of `[httpd]`. */
export type HttpdSettings = SectionValues<typeof httpd>;
