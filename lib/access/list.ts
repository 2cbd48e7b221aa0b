import { matchesPattern, type BitPattern } from "../net/bit-pattern.js";
import { asError } from "../common/error.js";
import { macToInteger, type Mac } from "../net/mac.js";
import { swapUuid, uuidToInteger } from "../net/uuid.js";
import type { AccessPolicy, AccessRequest, Verdict } from "./access.js";

/** One line of a list: those whom it means, and whether they may. */
export interface Rule {
  readonly pattern: BitPattern;
  readonly allow: boolean;
}

/** Looks identifiers up: an exact entry wins over a mask, then the first mask that matches. */
export class IdentifierList {
  readonly #exact = new Map<bigint, boolean>();
  readonly #masks: readonly Rule[];

  readonly #empty: boolean;

  /** @param rules in order; of two for the same identifier the first counts */
  constructor(rules: readonly Rule[]) {
    for (const { pattern, allow } of rules) {
      if (pattern.exact && !this.#exact.has(pattern.value)) this.#exact.set(pattern.value, allow);
    }
    this.#masks = rules.filter((rule) => !rule.pattern.exact);
    this.#empty = rules.length === 0;
  }

  /** What the list says of a machine, as {@link find}: the address is made a number only where there is one to compare with. */
  findMac(mac: Mac): boolean | undefined {
    return this.#empty ? undefined : this.find(macToInteger(mac));
  }

  /**
   * @param identifiers one, in each of the forms that it may be listed in
   * @returns what the list says; undefined where it does not know it
   */
  find(...identifiers: readonly bigint[]): boolean | undefined {
    const exact = identifiers.find((identifier) => this.#exact.has(identifier));
    if (exact !== undefined) return this.#exact.get(exact);
    return this.#masks.find(({ pattern }) => identifiers.some((identifier) => matchesPattern(pattern, identifier)))
      ?.allow;
  }
}

/**
 * `access = mac`
 *
 * @param isKnown whether a machine that the list does not know may, since something else is known of it
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

/** `access = uuid`. A machine whose UUID never became known is refused. */
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
