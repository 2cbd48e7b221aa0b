import { optionsSection, withDefault, type SectionValues } from "../config/spec.js";
import * as value from "../config/values.js";

/** `[api]` */
export const api = optionsSection(
  "The JSON API of api-dhcpd's `dhcp-api`: `POST /` with `mac` and `client` returns the address and the parameters of a machine. It has no password: anyone who reaches the port may use it.",
  {
    enable: withDefault(value.boolean, "no", "Serve the API."),
    address: withDefault(value.ipv4, "127.0.0.1", "The address to listen on. 0.0.0.0: all addresses of this host."),
    port: withDefault(value.port, "8080", "The port to listen on."),
  },
);

/** The values of `[api]`. */
export type ApiSettings = SectionValues<typeof api>;
