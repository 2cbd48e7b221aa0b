import { matchesPattern, type BitPattern } from "../net/bit-pattern.js";
import { Refusal } from "../common/refusal.js";
import type { EntryPlace } from "../config/origin.js";
import { asError } from "../common/error.js";
import { macToInteger, type Mac } from "../net/mac.js";
import { swapUuid, uuidToInteger } from "../net/uuid.js";
import type { AccessPolicy, AccessRequest, Verdict } from "./access.js";

/** A rule of a list: the identifiers that it matches, and whether they may boot. */
export interface Rule {
  readonly pattern: BitPattern;
  readonly allow: boolean;
  /** The line that defines it. */
  readonly place?: EntryPlace | undefined;
}

/** Looks up identifiers: an exact entry wins over a mask, then the first mask that matches. */
export class IdentifierList {
  readonly #exact = new Map<bigint, Rule>();
  readonly #masks: readonly Rule[];

  readonly #empty: boolean;

  /** @param rules in order; of two for the same identifier the first applies */
  constructor(rules: readonly Rule[]) {
    for (const rule of rules) {
      const { pattern } = rule;
      if (pattern.exact && !this.#exact.has(pattern.value)) this.#exact.set(pattern.value, rule);
    }
    this.#masks = rules.filter((rule) => !rule.pattern.exact);
    this.#empty = rules.length === 0;
  }

  /** Looks up a MAC address, as {@link find} does. Converts it to a number only where the list is not empty. */
  findMac(mac: Mac): Rule | undefined {
    return this.#empty ? undefined : this.find(macToInteger(mac));
  }

  /**
   * @param identifiers one identifier, in each form that the list may have it in
   * @returns the rule that decides; undefined for an identifier that no rule matches
   */
  find(...identifiers: readonly bigint[]): Rule | undefined {
    const exact = identifiers.find((identifier) => this.#exact.has(identifier));
    if (exact !== undefined) return this.#exact.get(exact);
    return this.#masks.find(({ pattern }) => identifiers.some((identifier) => matchesPattern(pattern, identifier)));
  }
}

/**
 * Makes the policy of `access = mac`.
 *
 * @param isKnown whether a machine that no rule matches may boot, since another source knows it
 * @param section the place of the list
 */
export function macAccess(
  list: IdentifierList,
  isKnown: (mac: Mac) => boolean | Promise<boolean> = () => false,
  section?: EntryPlace,
): AccessPolicy {
  const judgeKnown = (isKnown: boolean, mac: Mac): Verdict =>
    isKnown ? GRANTED : new Refusal({ code: "not-listed", list: "mac", identifier: mac, where: section });
  return {
    judge({ mac }) {
      const rule = list.findMac(mac);
      if (rule !== undefined) return judgeBy(rule, "mac", mac);
      const known = isKnown(mac);
      if (!(known instanceof Promise)) return judgeKnown(known, mac);
      return known.then(
        (later) => judgeKnown(later, mac),
        (error: unknown) => new Refusal({ code: "identity-unknown", error: asError(error).message }),
      );
    },
  };
}

/**
 * Makes the policy of `access = uuid`. Refuses a machine whose UUID is unknown.
 *
 * @param section the place of the list
 */
export function uuidAccess(list: IdentifierList, section?: EntryPlace): AccessPolicy {
  return {
    judge({ uuid }: AccessRequest) {
      if (uuid === undefined) return new Refusal({ code: "no-uuid" });
      const rule = list.find(uuidToInteger(uuid), uuidToInteger(swapUuid(uuid)));
      if (rule !== undefined) return judgeBy(rule, "uuid", uuid);
      return new Refusal({ code: "not-listed", list: "uuid", identifier: uuid, where: section });
    },
  };
}

const GRANTED: Verdict = { granted: true };

function judgeBy({ allow, place }: Rule, list: "mac" | "uuid", identifier: string): Verdict {
  return allow ? GRANTED : new Refusal({ code: "listed-disabled", list, identifier, where: place });
}
