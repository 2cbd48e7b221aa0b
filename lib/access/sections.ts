import { optional, optionsSection, tableSection, withDefault, type ValuesOf } from "../config/spec.js";
import * as value from "../config/values.js";

/** `[mac]` */
export const mac = tableSection(
  "The machines that may boot with `access = mac`. An exact address takes precedence over masks; of several masks, the first that matches applies.",
  value.macPattern,
  value.boolean,
  "00-1E-4F-C4-95-EE = enable",
);

/** `[uuid]` */
export const uuid = tableSection(
  "The machines that may boot with `access = uuid`. An exact UUID takes precedence over masks; of several masks, the first that matches applies.",
  value.uuidPattern,
  value.boolean,
  "12345678-abcd-ef00-1111-abcdefabcdef = enable",
);

/** `[http]` */
export const http = optionsSection(
  "The HTTP authority that decides with `access = http`. The daemon asks it `GET location/path?mac=…&uuid=…`. Status 200 lets the machine boot; the lines `Client: NAME` and `File: NAME` of the answer set the host name and the boot file. Any other status refuses.",
  {
    location: optional(value.webUrl, "The URL of the authority, without the path. `http://` may be left out."),
    pxe: withDefault(value.text, "boot", "The path to request when firmware boots."),
    dhcp: withDefault(value.text, "linux", "The path to request when an operating system asks for an address."),
    timeout: optional(
      value.duration(0.1),
      "How long the authority may take to answer. When not set, `timeout` of `[bootpd]`, else 5 s. A request of a machine without an answer of the authority is ignored.",
    ),
    always_check: withDefault(value.boolean, "no", "Ask for every request, not only when a machine enters a stage."),
  },
);

/** The settings that decide which machines may boot. */
export type AccessSections = ValuesOf<{ mac: typeof mac; uuid: typeof uuid; http: typeof http }> & {
  readonly bootpd: { readonly access: "mac" | "uuid" | "http" | undefined; readonly timeout: number | undefined };
};
