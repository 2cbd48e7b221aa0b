import { optional, optionsSection, tableSection, withDefault, type ValuesOf } from "../config/spec.js";
import * as value from "../config/values.js";

/** `[mac]` */
export const mac = tableSection(
  "Who may boot with `access = mac`. An exact address wins over a mask, then the first mask that matches.",
  value.macPattern,
  value.boolean,
  "00-1E-4F-C4-95-EE = enable",
);

/** `[uuid]` */
export const uuid = tableSection(
  "Who may boot with `access = uuid`. An exact UUID wins over a mask, then the first mask that matches.",
  value.uuidPattern,
  value.boolean,
  "12345678-abcd-ef00-1111-abcdefabcdef = enable",
);

/** `[http]` */
export const http = optionsSection(
  "The authority that is asked with `access = http`: `GET location/path?mac=…&uuid=…`. 200 grants; the lines `Client: NAME` and `File: NAME` of its answer set the host name and the file. Any other status refuses.",
  {
    location: optional(value.webUrl, "The URL to ask, without the path; `http://` may be left out."),
    pxe: withDefault(value.text, "boot", "The path to ask when firmware boots."),
    dhcp: withDefault(value.text, "linux", "The path to ask when an operating system asks for an address."),
    timeout: optional(
      value.duration(0.1),
      "How long an answer may take (`timeout` of `[bootpd]`, or 5 s). Without one the request is ignored.",
    ),
    always_check: withDefault(value.boolean, "no", "Ask for every request, not only when a machine enters a stage."),
  },
);

/** The settings that decide which machines may boot. */
export type AccessSections = ValuesOf<{ mac: typeof mac; uuid: typeof uuid; http: typeof http }> & {
  readonly bootpd: { readonly access: "mac" | "uuid" | "http" | undefined; readonly timeout: number | undefined };
};
