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
}

/** The treatment of one client. */
export interface ClientQuirks extends ProfileQuirks {
  /** The vendor class to answer with, where it is neither `PXEClient` nor `HTTPClient`. */
  readonly vendorClass?: string | undefined;
}

const NOTHING: ClientQuirks = {};

/** All profiles. Where several match a client, the first one that sets a quirk decides it. */
export class Profiles {
  readonly #profiles: readonly Profile[];

  /**
   * @param profiles in order of precedence
   * @param mode whether this server gives addresses
   */
  constructor(profiles: readonly Profile[], mode: "server" | "proxy") {
    this.#profiles = profiles
      .filter(({ match }) => match.mode === undefined || match.mode === mode)
      .map(({ name, match, quirks }) => ({ name, match, quirks: said(quirks) }))
      .filter(({ quirks }) => Object.keys(quirks).length > 0);
  }

  quirksOf(client: Client): ClientQuirks {
    let found = NOTHING;
    for (const { match, quirks } of this.#profiles) {
      if (!matches(match, client)) continue;
      const vendorClass = quirks.kind === "pxe" ? vendorOf(match, client) : undefined;
      found = { ...(vendorClass && { vendorClass }), ...quirks, ...found };
    }
    return found;
  }

  /** Returns the names of the profiles that match a client, in order of precedence. */
  namesFor(client: Client): readonly string[] {
    return this.#profiles.filter(({ match }) => matches(match, client)).map(({ name }) => name);
  }
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

/**
 * Returns the vendor class to answer with: firmware that does not call itself `PXEClient` expects its own name back.
 */
function vendorOf({ vendors = [] }: ProfileMatch, { vendorClass }: Client): string | undefined {
  const found = vendors.find((vendor) => vendorClass.startsWith(vendor));
  return found === "PXEClient" ? undefined : found;
}
