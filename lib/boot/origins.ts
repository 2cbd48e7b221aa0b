import { rule, type Origin, type SettingOrigins, type Sourced } from "../config/origin.js";
import { describeArchitecture } from "../machine/architecture.js";
import type { BootOrigins } from "./choice.js";
import type { IpxeConfig } from "./ipxe/settings.js";
import type { BootSections } from "./sections.js";

/** Returns the boot files of `[bootfile]`, each with its line. */
export function bootFilesIn(
  lines: BootSections["bootfile"],
  origins: Pick<SettingOrigins<never>, "at">,
): ReadonlyMap<number | "default", Sourced<string>> {
  return new Map(
    lines.map(({ key, value, line }) => {
      const name = key === "default" ? key : describeArchitecture(key);
      return [key, { value, origin: origins.at(line, "bootfile", name) }];
    }),
  );
}

/** Returns where a configuration's settings about booting come from. */
export function bootOriginsOf(
  { ipxe, hosts }: IpxeConfig["settings"],
  origins: SettingOrigins<"menu" | "ipxe" | "hosts">,
): BootOrigins {
  const option = (["script", "script_url", "kernel"] as const).find((each) => ipxe[each] !== undefined);
  const named = hosts.scripts === undefined ? "file" : "scripts";
  return {
    menu: origins.section("menu") ?? MENU,
    programs: origins.of("ipxe", "binary_dir"),
    script: option === undefined ? origins.of("hosts", named) : origins.of("ipxe", option),
  };
}

const MENU: Origin = rule("[menu]");
