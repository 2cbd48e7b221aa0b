import { hasDefaultRoute } from "./encodings.js";
import { describeOption } from "./names.js";
import { Code } from "./codes.js";
import type { OptionKey, OptionPlan, OptionValue } from "./setting.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Problem } from "../config/problem.js";
import type { TableEntry } from "../config/spec.js";

const LONGEST_OPTION = 255;

/** Checks that the DHCP options that a section sets do not conflict. */
export function checkOptions(
  section: string,
  entries: readonly TableEntry<OptionKey, OptionValue>[],
): readonly Problem[] {
  return entries.flatMap((entry, index) => {
    const { key, line } = entry;
    if (key.subcode === undefined) return [];
    const siblings = entries.filter((other) => isSameOption(other.key, key));
    const place = { line, section, option: nameOf(key) };
    const whole = siblings.find((other) => other.key.subcode === undefined);
    if (whole !== undefined) {
      const expected = `${describeOption(key.code)} as a whole or by its sub-options`;
      return [{ ...place, expected, got: `both (line ${whole.line})` }];
    }
    const size = sizeOf(siblings, key);
    if (size <= LONGEST_OPTION || siblings.at(-1) !== entries[index]) return [];
    const expected = `the sub-options of ${describeOption(key.code)} to have at most ${LONGEST_OPTION} octets together`;
    return [{ ...place, expected, got: String(size) }];
  });
}

/** The part of a network that its options are checked against. */
export interface NetworkOptions {
  /** The name of its section; undefined for that of `[bootpd]`. */
  readonly name: string | undefined;
  /** Undefined where no router is announced. */
  readonly router: Ipv4 | undefined;
  readonly options: OptionPlan;
}

/** Returns warnings about options that are valid but likely a mistake, a sentence each. */
export function optionWarnings(networks: readonly NetworkOptions[]): readonly string[] {
  return networks.flatMap(({ name, router, options }) => {
    const routes = options.forAll.get(Code.classlessRoutes)?.value;
    if (router === undefined || routes === undefined || routes.length === 0 || hasDefaultRoute(routes)) return [];
    const section = name === undefined ? "option" : `subnet ${name}`;
    return [
      `[${section}] classless-static-route: it has no route to 0.0.0.0/0, and clients that take it ignore the gateway (RFC 3442)`,
    ];
  });
}

function isSameOption(one: OptionKey, other: OptionKey): boolean {
  return one.code === other.code && one.vendorClass === other.vendorClass;
}

function sizeOf(entries: readonly TableEntry<OptionKey, OptionValue>[], key: OptionKey): number {
  const octets = entries.reduce((size, { value }) => size + 2 + value.length, 0);
  return key.code === Code.vendorSpecific ? octets + 1 : octets;
}

function nameOf({ code, subcode, vendorClass }: OptionKey): string {
  return `${code}.${subcode ?? 0}${vendorClass === undefined ? "" : `@${vendorClass}`}`;
}
