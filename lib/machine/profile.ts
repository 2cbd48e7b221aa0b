import type { Origin } from "../config/origin.js";
import { matchesPattern, type BitPattern } from "../net/bit-pattern.js";
import { macToInteger } from "../net/mac.js";
import { uuidToInteger } from "../net/uuid.js";
import type { Client } from "./client.js";

/**
 * How firmware is told its boot file. `bypass`: 43.6 = 08, boot the file at once; `binl`: no option 43, ask port 4011;
 * `plain`: neither option 60 nor 43, as for other DHCP clients.
 */
export type PxeStyle = "bypass" | "binl" | "plain";

/** Deviations in the treatment of a family of clients; undefined ones keep the default. */
export interface ProfileQuirks {
  readonly pxeStyle?: PxeStyle | undefined;
  /** Label of the boot menu entry that the firmware requires. */
  readonly menuLabel?: string | undefined;
  /** Whether answers go to 255.255.255.255 only. */
  readonly broadcast?: boolean | undefined;
  /** Whether a NUL ends the texts of options 66 and 67. */
  readonly nulTerminate?: boolean | undefined;
  readonly replyDelaySeconds?: number | undefined;
  /** Largest TFTP block in octets (blksize). */
  readonly maxBlockSize?: number | undefined;
  /** TFTP options that are not granted, in lower case. */
  readonly refuseOptions?: readonly string[] | undefined;
  /** Shortest wait before TFTP sends a packet again: seconds, or `timeout` for the whole timeout. */
  readonly leastWait?: number | "timeout" | undefined;
  /** The kind that the client is treated as, whatever it sends. */
  readonly kind?: "pxe" | "http" | "dhcp" | undefined;
}

/** The conditions of a profile. A client matches where each given list has an entry that fits it. */
export interface ProfileMatch {
  readonly macs?: readonly BitPattern[] | undefined;
  readonly uuids?: readonly BitPattern[] | undefined;
  /** Numbers of option 93. */
  readonly architectures?: readonly number[] | undefined;
  /** Prefixes of option 60. */
  readonly vendors?: readonly string[] | undefined;
  /** Texts of option 77. */
  readonly userClasses?: readonly string[] | undefined;
  /** Whether this server gives addresses (`server`), or another one does (`proxy`). */
  readonly mode?: "server" | "proxy" | undefined;
}

/** A family of clients and its treatment. */
export interface Profile {
  readonly name: string;
  readonly match: ProfileMatch;
  readonly quirks: ProfileQuirks;
  /** Why it is built in; the operator's have none. */
  readonly reason?: string | undefined;
  /** Where its quirks come from, where that is known. */
  readonly origins?: QuirkOrigins | undefined;
}

/** Where the quirks of a client come from. */
export type QuirkOrigins = Readonly<Partial<Record<keyof ProfileQuirks, Origin>>>;

/** The treatment of one client. */
export interface ClientQuirks extends ProfileQuirks {
  /** The vendor class to answer with, where it is neither `PXEClient` nor `HTTPClient`. */
  readonly vendorClass?: string | undefined;
  /** Where each of the quirks comes from, where that is known. */
  readonly origins?: QuirkOrigins | undefined;
}

/** A profile that applies, and what it sets. */
interface Rule {
  readonly profile: Profile;
  /** Returns what the profile sets for a client that it matches: of few objects always the same. */
  readonly quirksFor: (client: Client) => ClientQuirks;
}

/** The quirks of all clients that the same profiles match, made once: the clients are many, and these are few. */
class Combination {
  readonly quirks: ClientQuirks;
  readonly #further = new Map<ClientQuirks, Combination>();

  constructor(quirks: ClientQuirks) {
    this.quirks = quirks;
  }

  /** Returns the combination with the quirks of one more profile, which do not replace the present ones. */
  with(more: ClientQuirks): Combination {
    const known = this.#further.get(more);
    if (known !== undefined) return known;
    const { origins: own, ...quirks } = this.quirks;
    const { origins: others, ...further } = more;
    const origins = own === undefined && others === undefined ? {} : { origins: { ...others, ...own } };
    const made = new Combination({ ...further, ...quirks, ...origins });
    this.#further.set(more, made);
    return made;
  }
}

/** All profiles. Where several match a client, the first one that sets a quirk decides it. */
export class Profiles {
  readonly #rules: readonly Rule[];
  readonly #none = new Combination({});

  /**
   * @param profiles in order of precedence
   * @param mode whether this server gives addresses
   */
  constructor(profiles: readonly Profile[], mode: "server" | "proxy") {
    this.#rules = profiles
      .filter(({ match }) => match.mode === undefined || match.mode === mode)
      .map((profile) => ({ ...profile, quirks: said(profile.quirks) }))
      .filter(({ quirks }) => Object.keys(quirks).length > 0)
      .map(ruleOf);
  }

  /** Returns the quirks of a client: of few objects always the same one. */
  quirksOf(client: Client): ClientQuirks {
    let found = this.#none;
    for (const { profile, quirksFor } of this.#rules) {
      if (matches(profile.match, client)) found = found.with(quirksFor(client));
    }
    return found.quirks;
  }

  /** Returns the profiles that match a client, in order of precedence. */
  matching(client: Client): readonly Profile[] {
    return this.#rules.filter(({ profile }) => matches(profile.match, client)).map(({ profile }) => profile);
  }
}

/**
 * Returns the rule of a profile. Firmware that does not call itself `PXEClient` expects its own name back, so for such
 * a profile what is set depends on the vendor class.
 */
function ruleOf(profile: Profile): Rule {
  const { match, quirks, origins } = profile;
  const own: ClientQuirks = origins === undefined ? quirks : { ...quirks, origins };
  if (quirks.kind !== "pxe") return { profile, quirksFor: () => own };
  const named = (match.vendors ?? [])
    .filter((vendor) => vendor !== "PXEClient")
    .map((vendorClass) => ({ vendorClass, quirks: { vendorClass, ...own } }));
  return {
    profile,
    quirksFor: ({ vendorClass: sent }) => named.find(({ vendorClass }) => sent.startsWith(vendorClass))?.quirks ?? own,
  };
}

function said(quirks: ProfileQuirks): ProfileQuirks {
  return Object.fromEntries(Object.entries(quirks).filter(([, value]) => value !== undefined));
}

function matches({ macs, uuids, architectures, vendors, userClasses }: ProfileMatch, client: Client): boolean {
  const { mac, uuid } = client;
  return (
    (vendors === undefined || vendors.some((vendor) => client.vendorClass.startsWith(vendor))) &&
    (architectures === undefined || client.architectures.some((one) => architectures.includes(one))) &&
    (userClasses === undefined || client.userClasses.some((one) => userClasses.includes(one))) &&
    (macs === undefined || macs.some((pattern) => matchesPattern(pattern, macToInteger(mac)))) &&
    (uuids === undefined ||
      (uuid !== undefined && uuids.some((pattern) => matchesPattern(pattern, uuidToInteger(uuid)))))
  );
}
