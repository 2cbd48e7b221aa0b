import { menuOf } from "../boot/menu.js";
import type { BootSections } from "../boot/sections.js";
import type { Origin, SettingOrigins } from "../config/origin.js";
import type { BootpdSettings } from "./bootpd-section.js";
import { builtInProfiles, type BuiltInProfile } from "../machine/built-in-profiles.js";
import {
  Profiles,
  type Profile,
  type ProfileMatch,
  type ProfileQuirks,
  type QuirkOrigins,
} from "../machine/profile.js";

/** The sections that define the handling of client families. */
type ProfileSections = BootSections & { readonly bootpd: BootpdSettings };

type Section = BootSections["profile"][number];

/** The name of the profile that `[bootpd]` makes for all clients. */
export const GENERAL = "[bootpd]";

/** The options of `[profile NAME]` that set quirks. */
const OPTIONS = {
  kind: "client",
  pxeStyle: "pxe_style",
  menuLabel: "menu_label",
  broadcast: "broadcast",
  nulTerminate: "nul_terminate",
  replyDelaySeconds: "reply_delay",
  maxBlockSize: "max_blksize",
  refuseOptions: "refuse_options",
  leastWait: "least_wait",
} as const satisfies Record<keyof ProfileQuirks, string>;

/**
 * Returns the profiles in order of precedence: the user's, then the general settings of `[bootpd]`, then the built-in
 * ones.
 */
export function makeProfiles(
  { profile: sections, bootpd }: ProfileSections,
  origins: SettingOrigins<"bootpd">,
): Profiles {
  const general: Profile = {
    name: GENERAL,
    match: {},
    quirks: { pxeStyle: bootpd.pxe_style },
    origins: { pxeStyle: origins.of("bootpd", "pxe_style") },
  };
  const own = sections.filter(({ values }) => values.enable).map((section) => profileOf(section, origins));
  const named = new Set(sections.map(({ name }) => name));
  const rest = builtInProfiles.filter(({ name }) => !named.has(name)).map(withOrigins);
  return new Profiles([...own, general, ...rest], bootpd.mode === "server" ? "server" : "proxy");
}

/** Returns the profile of a section; unset values come from the built-in profile of the same name, if any. */
function profileOf({ name, line, values, lines }: Section, origins: Pick<SettingOrigins<never>, "at">): Profile {
  const former = builtInProfiles.find((each) => each.name === name);
  const match: ProfileMatch = {
    macs: values.match_mac,
    uuids: values.match_uuid,
    architectures: values.match_arch,
    vendors: values.match_vendor,
    userClasses: values.match_user_class,
  };
  const quirks: ProfileQuirks = {
    kind: values.client,
    pxeStyle: values.pxe_style,
    menuLabel: values.menu_label,
    broadcast: values.broadcast,
    nulTerminate: values.nul_terminate,
    replyDelaySeconds: values.reply_delay,
    maxBlockSize: values.max_blksize,
    refuseOptions: values.refuse_options,
    leastWait: values.least_wait,
  };
  const own = originsOf(quirks, (_, option) => origins.at(lines[option] ?? line, `profile ${name}`, option));
  return {
    name,
    match: filledUp(match, former?.match),
    quirks: filledUp(quirks, former?.quirks),
    origins: { ...(former && withOrigins(former).origins), ...own },
  };
}

/** Returns a built-in profile with the origins of its quirks. */
function withOrigins(profile: BuiltInProfile): Profile {
  const { name, quirks, reason } = profile;
  const origins = originsOf(quirks, (quirk, option): Origin => {
    const value = quirk === "pxeStyle" ? quirks.pxeStyle : undefined;
    return { kind: "profile", name, option, value, reason };
  });
  return { ...profile, origins };
}

/** Returns the origins of the quirks that are set. */
function originsOf(
  quirks: ProfileQuirks,
  originOf: (quirk: keyof ProfileQuirks, option: string) => Origin,
): QuirkOrigins {
  const names = Object.keys(OPTIONS) as (keyof typeof OPTIONS)[];
  const set = names.filter((quirk) => quirks[quirk] !== undefined);
  return Object.fromEntries(set.map((quirk) => [quirk, originOf(quirk, OPTIONS[quirk])]));
}

function filledUp<T extends object>(first: T, second: T | undefined): T {
  const said = Object.entries(first).filter(([, value]) => value !== undefined);
  return { ...second, ...(Object.fromEntries(said) as Partial<T>) } as T;
}

/** Whether firmware may be sent to the boot server port: by a proxy, by a style without option 43, or by a menu. */
export function needsBootServer(settings: ProfileSections): boolean {
  const { bootpd, profile: sections } = settings;
  const enabled = sections.filter(({ values }) => values.enable);
  const styles = [bootpd.pxe_style, ...enabled.map(({ values }) => values.pxe_style)];
  return bootpd.mode !== "server" || styles.includes("binl") || (menuOf(settings)?.items.length ?? 0) > 1;
}
