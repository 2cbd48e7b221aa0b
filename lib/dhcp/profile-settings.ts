import { menuOf } from "../boot/menu.js";
import type { BootSections } from "../boot/sections.js";
import type { BootpdSettings } from "./bootpd-section.js";
import { builtInProfiles } from "../machine/built-in-profiles.js";
import { Profiles, type Profile, type ProfileMatch, type ProfileQuirks } from "../machine/profile.js";

/** The sections that define the handling of client families. */
type ProfileSections = BootSections & { readonly bootpd: BootpdSettings };

type Section = BootSections["profile"][number];

/**
 * Returns the profiles in order of precedence: the user's, then the general settings of `[bootpd]`, then the built-in
 * ones.
 */
export function makeProfiles({ profile: sections, bootpd }: ProfileSections): Profiles {
  const general: Profile = { name: "[bootpd]", match: {}, quirks: { pxeStyle: bootpd.pxe_style } };
  const own = sections.filter(({ values }) => values.enable).map(profileOf);
  const named = new Set(sections.map(({ name }) => name));
  const rest = builtInProfiles.filter(({ name }) => !named.has(name));
  return new Profiles([...own, general, ...rest], bootpd.mode === "server" ? "server" : "proxy");
}

/** Returns the profile of a section; unset values come from the built-in profile of the same name, if any. */
function profileOf({ name, values }: Section): Profile {
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
  return { name, match: filledUp(match, former?.match), quirks: filledUp(quirks, former?.quirks) };
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
