import { matchesPattern, type BitPattern } from "../net/bit-pattern.js";
import { macToInteger } from "../net/mac.js";
import { uuidToInteger } from "../net/uuid.js";
import type { Client } from "./client.js";

/**
 * How firmware is told of its boot file. `bypass`: 43.6 = 08, take the file at once; `binl`: no option 43, ask port
 * 4011; `plain`: neither option 60 nor 43, as any DHCP client.
 */
export type PxeStyle = "bypass" | "binl" | "plain";

/** What a family of clients needs otherwise than others; what is undefined is as for others. */
export interface ProfileQuirks {
  readonly pxeStyle?: PxeStyle | undefined;
  /** The label of a boot menu's entry that the firmware looks for, and boots. */
  readonly menuLabel?: string | undefined;
  /** Answered at 255.255.255.255 only. */
  readonly broadcast?: boolean | undefined;
  /** A NUL ends the texts of options 66 and 67. */
  readonly nulTerminate?: boolean | undefined;
  readonly replyDelaySeconds?: number | undefined;
  /** The largest block by TFTP, in octets. */
  readonly maxBlockSize?: number | undefined;
  /** TFTP options that are not granted, in lower case. */
  readonly refuseOptions?: readonly string[] | undefined;
  /** How long TFTP waits at least before a packet is sent again, in seconds, or the whole timeout. */
  readonly leastWait?: number | "timeout" | undefined;
  /** What it is taken for, whatever it says. */
  readonly kind?: "pxe" | "http" | "dhcp" | undefined;
}

/** Which clients are meant: those that are in every list that is given, by any line of it. */
export interface ProfileMatch {
  readonly macs?: readonly BitPattern[] | undefined;
  readonly uuids?: readonly BitPattern[] | undefined;
  /** The numbers of option 93. */
  readonly architectures?: readonly number[] | undefined;
  /** How option 60 begins. */
  readonly vendors?: readonly string[] | undefined;
  /** One of option 77's texts. */
  readonly userClasses?: readonly string[] | undefined;
  /** Whether we give addresses, or another server does. */
  readonly mode?: "server" | "proxy" | undefined;
}

/** A family of clients, and how it is treated. */
export interface Profile {
  readonly name: string;
  readonly match: ProfileMatch;
  readonly quirks: ProfileQuirks;
}

/** How one client is treated. */
export interface ClientQuirks extends ProfileQuirks {
  /** How the vendor class of answers begins, where it is neither `PXEClient` nor `HTTPClient`. */
  readonly vendorClass?: string | undefined;
}

const NOTHING: ClientQuirks = {};

/** All profiles there are. Of several that match, each setting is that of the first that has one. */
export class Profiles {
  readonly #profiles: readonly Profile[];

  /**
   * @param profiles in the order in which they count
   * @param mode whether we give addresses
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

  /** Those that a client is one of, in the order in which they count. */
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

/** Firmware that names itself otherwise than `PXEClient` wants to be answered by that name. */
function vendorOf({ vendors = [] }: ProfileMatch, { vendorClass }: Client): string | undefined {
  const found = vendors.find((vendor) => vendorClass.startsWith(vendor));
  return found === "PXEClient" ? undefined : found;
}
