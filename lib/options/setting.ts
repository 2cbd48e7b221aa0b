import { describeOption, nearestOption, optionCode, whyReserved } from "./names.js";
import { knownOptions } from "./registry.js";
import { Code } from "./codes.js";
import { optionValue } from "./values.js";
import type { SettingOrigins, Sourced } from "../config/origin.js";
import type { TableEntry } from "../config/spec.js";
import { orWord, type Codec } from "../config/values.js";

/** The key of a line of `[option]`: an option or a sub-option, for all clients or for those of a vendor class. */
export interface OptionKey {
  readonly code: number;
  readonly subcode?: number | undefined;
  /** The prefix of option 60 of the clients that the line applies to. */
  readonly vendorClass?: string | undefined;
}

/** The octets of an option; `none` suppresses it, even where the server has a value for it. */
export type OptionValue = Buffer | "none";

/** Options to send by code, each with its origin; an empty value suppresses the option. */
export type OptionValues = ReadonlyMap<number, Sourced<Buffer>>;

/** The options that the lines of `[option]` define. */
export interface OptionPlan {
  readonly forAll: OptionValues;
  /** Options for clients whose option 60 begins with `vendorClass`; they add to or replace those for all. */
  readonly forVendors: readonly { readonly vendorClass: string; readonly options: OptionValues }[];
}

/**
 * The options whose sub-options a file may set one by one: the vendor-specific option, NetWare (RFC 2242), CableLabs
 * (RFC 3495), iPXE (https://ipxe.org/howto/dhcpd) and PacketCable.
 */
const ENCAPSULATING: readonly number[] = [
  Code.vendorSpecific,
  Code.nwipSuboptions,
  Code.cablelabs,
  Code.ipxe,
  Code.packetcable,
];
/** The first and the last site-specific option (RFC 3942 2). */
const SITE_SPECIFIC = [224, 254] as const;
const LONGEST_OPTION = 255;
/** Options that are never split: EDK2 and boot ROMs read the first instance only (conformance A13). */
const NEVER_SPLIT: readonly number[] = [Code.vendorSpecific, Code.vendorClass, Code.tftpServerName, Code.bootFileName];

const KEY = /^([a-z0-9_+-]+)(?:\.([0-9]{1,3}))?(?:@(\S(?:.*\S)?))?$/i;

/** The notation of a sub-option without octets. */
const NO_OCTETS = /^(?:0x|text:)$/i;

/** The codec for the name of a line of `[option]`. */
export const optionKey: Codec<OptionKey> = {
  expected:
    "a DHCP option by its name such as ntp-servers or its number from 1 to 254; in 43, 63, 122, 175, 177 and 224 to 254 a sub-option from 0 to 255 such as 43.6; both optionally for a vendor class such as 43@PXEClient",
  parse(text) {
    const [, name = "", sub, vendorClass] = KEY.exec(text) ?? [];
    const code = optionCode(name);
    if (code === undefined || whyReserved(code) !== undefined) return undefined;
    if (sub === undefined) return { code, vendorClass };
    const subcode = Number(sub);
    // RFC 2132 8.4 reserves 0 as pad and 255 as end, but vendors differ: Juniper has a sub-option 0.
    return mayEncapsulate(code) && subcode <= 255 ? { code, subcode, vendorClass } : undefined;
  },
  hint(text) {
    const name = KEY.exec(text)?.[1] ?? text;
    const code = optionCode(name);
    if (code !== undefined) return whyReserved(code);
    const near = nearestOption(name);
    return near === undefined ? undefined : `did you mean ${near}?`;
  },
};

/** The codec for the value of a line whose name is wrong; the value is not used. */
export const anyOptionValue: Codec<OptionValue> = {
  expected: "what the option takes (see below), octets such as 0x0a000001, or none so that it is not sent",
  parse: (text) => (text === "" ? undefined : "none"),
};

/** Returns the codec for the value of a line of `[option]`. */
export function optionSetting({ code, subcode }: OptionKey): Codec<OptionValue> {
  const codec = optionValue(subcode === undefined ? (knownOptions.get(code)?.type ?? "octets") : "octets");
  const whole = subcode !== undefined || NEVER_SPLIT.includes(code);
  const bounded: Codec<Buffer> = whole
    ? {
        expected: `${codec.expected}, at most ${LONGEST_OPTION} octets`,
        parse(text, context) {
          if (subcode !== undefined && NO_OCTETS.test(text)) return Buffer.alloc(0);
          const value = codec.parse(text, context);
          return value === undefined || value.length > LONGEST_OPTION ? undefined : value;
        },
      }
    : codec;
  return subcode === undefined ? orWord("none", bounded) : bounded;
}

function mayEncapsulate(code: number): boolean {
  const [first, last] = SITE_SPECIFIC;
  return ENCAPSULATING.includes(code) || (code >= first && code <= last);
}

/**
 * Gathers the lines of `[option]`, and joins sub-options into one option.
 *
 * @param section the name of the section that has the lines
 */
export function gatherOptions(
  entries: readonly TableEntry<OptionKey, OptionValue>[],
  origins: Pick<SettingOrigins<never>, "at">,
  section: string,
): OptionPlan {
  const classes = [...new Set(entries.map(({ key }) => key.vendorClass))];
  const plans = classes.map((vendorClass) => ({
    vendorClass,
    options: gather(
      entries.filter(({ key }) => key.vendorClass === vendorClass),
      origins,
      section,
    ),
  }));
  return {
    forAll: plans.find(({ vendorClass }) => vendorClass === undefined)?.options ?? new Map<number, Sourced<Buffer>>(),
    forVendors: plans.flatMap(({ vendorClass, options }) =>
      vendorClass === undefined ? [] : [{ vendorClass, options }],
    ),
  };
}

function gather(
  entries: readonly TableEntry<OptionKey, OptionValue>[],
  origins: Pick<SettingOrigins<never>, "at">,
  section: string,
): OptionValues {
  const options = new Map<number, Sourced<Buffer>>();
  for (const code of new Set(entries.map(({ key }) => key.code))) {
    const parts = entries.filter(({ key }) => key.code === code);
    const [first, ...further] = parts.map(({ line }) => line);
    if (first === undefined) continue;
    const more = further.length === 0 ? undefined : further;
    const origin = origins.at(first, section, describeOption(code), undefined, more);
    options.set(code, { value: joined(code, parts), origin });
  }
  return options;
}

/** Returns the value of an option from its line, or from the lines of its sub-options. */
function joined(code: number, parts: readonly TableEntry<OptionKey, OptionValue>[]): Buffer {
  const pieces = parts.map(({ key: { subcode }, value }) => {
    const octets = value === "none" ? Buffer.alloc(0) : value;
    return subcode === undefined ? octets : Buffer.concat([Buffer.from([subcode, octets.length]), octets]);
  });
  const inParts = parts.some(({ key }) => key.subcode !== undefined);
  // RFC 2132 8.4 allows an end sub-option, and boot ROMs require it.
  return Buffer.concat(code === Code.vendorSpecific && inParts ? [...pieces, Buffer.from([Code.end])] : pieces);
}
