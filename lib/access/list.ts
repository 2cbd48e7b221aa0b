import { matchesPattern, type BitPattern } from "../net/bit-pattern.js";
import { asError } from "../common/error.js";
import { macToInteger, type Mac } from "../net/mac.js";
import { swapUuid, uuidToInteger } from "../net/uuid.js";
import type { AccessPolicy, AccessRequest, Verdict } from "./access.js";

/** A rule of a list: the identifiers that it matches, and whether they may boot. */
export interface Rule {
  readonly pattern: BitPattern;
  readonly allow: boolean;
}

/** Looks up identifiers: an exact entry wins over a mask, then the first mask that matches. */
export class IdentifierList {
  readonly #exact = new Map<bigint, boolean>();
  readonly #masks: readonly Rule[];

  readonly #empty: boolean;

  /** @param rules in order; of two for the same identifier the first applies */
  constructor(rules: readonly Rule[]) {
    for (const { pattern, allow } of rules) {
      if (pattern.exact && !this.#exact.has(pattern.value)) this.#exact.set(pattern.value, allow);
    }
    this.#masks = rules.filter((rule) => !rule.pattern.exact);
    this.#empty = rules.length === 0;
  }

  /** Looks up a MAC address, as {@link find} does. Converts it to a number only where the list is not empty. */
  findMac(mac: Mac): boolean | undefined {
    return this.#empty ? undefined : this.find(macToInteger(mac));
  }

  /**
   * @param identifiers one identifier, in each form that the list may have it in
   * @returns the decision of the list; undefined for an identifier that no rule matches
   */
  find(...identifiers: readonly bigint[]): boolean | undefined {
    const exact = identifiers.find((identifier) => this.#exact.has(identifier));
    if (exact !== undefined) return this.#exact.get(exact);
    return this.#masks.find(({ pattern }) => identifiers.some((identifier) => matchesPattern(pattern, identifier)))
      ?.allow;
  }
}

/**
 * Makes the policy of `access = mac`.
 *
 * @param isKnown whether a machine that no rule matches may boot, since another source knows it
 */
export function macAccess(
  list: IdentifierList,
  isKnown: (mac: Mac) => boolean | Promise<boolean> = () => false,
): AccessPolicy {
  return {
    judge({ mac }) {
      const told = (found: boolean | undefined): Verdict => verdict(found, `MAC ${mac}`, "[mac]");
      const found = list.findMac(mac);
      if (found !== undefined) return told(found);
      const known = isKnown(mac);
      if (!(known instanceof Promise)) return told(known || undefined);
      return known.then(
        (later) => told(later || undefined),
        (error: unknown) => ({ granted: false, reason: `nobody can tell who it is: ${asError(error).message}` }),
      );
    },
  };
}

/** Makes the policy of `access = uuid`. Refuses a machine whose UUID is unknown. */
export function uuidAccess(list: IdentifierList): AccessPolicy {
  return {
    judge({ uuid }: AccessRequest) {
      if (uuid === undefined) return { granted: false, reason: "it sent no UUID, which access = uuid goes by" };
      const found = list.find(uuidToInteger(uuid), uuidToInteger(swapUuid(uuid)));
      return verdict(found, `UUID ${uuid}`, "[uuid]");
    },
  };
}

function verdict(found: boolean | undefined, who: string, section: string): Verdict {
  if (found === true) return { granted: true };
  return {
    granted: false,
    reason: found === false ? `${who} is disabled in ${section}` : `${who} is not in ${section}`,
  };
}
