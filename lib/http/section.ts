import { optional, optionsSection, withDefault, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";

/** The section `[httpd]`. */
export const httpd = optionsSection("The HTTP service.", {
  enable: withDefault(value.boolean, "no", "Serve HTTP (as `-H` does)."),
  address: optional(value.ipv4, "The address to listen on. When not set, the address of the DHCP service."),
  port: withDefault(value.port, "80", "The port to listen on. When not set, 443 with a `certificate`."),
  root: withDefault(
    value.root,
    ".",
    "The folder to serve, or the URL below which the files are, as `root` of `[tftpd]`. `[filters]` comes first. A file that is not found here is looked for among the files of TFTP.",
  ),
  check_ip: withDefault(
    value.boolean,
    "yes",
    "Serve only machines that have an address of this server; others get 401.",
  ),
  certificate: optional(
    value.path,
    "The server's certificate in PEM, with the intermediate certificates up to the root. With `key`, the server speaks HTTPS instead of HTTP.",
  ),
  key: optional(value.path, "The key of `certificate`, in PEM, without a passphrase."),
  trusted_proxies: optional(
    value.listOf(value.addressOrSubnet),
    "The proxies that may name the client in X-Forwarded-For, as addresses or networks, `;` between them. The header of any other sender is ignored.",
  ),
});

/** The values of `[httpd]`. */
export type HttpdSettings = SectionValues<typeof httpd>;
