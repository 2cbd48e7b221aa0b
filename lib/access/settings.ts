import { openAccess, type AccessPolicy } from "./access.js";
import { httpAccess } from "./http.js";
import { IdentifierList, macAccess, uuidAccess, type Rule } from "./list.js";
import type { AccessSections } from "./sections.js";
import type { TableEntry } from "../config/spec.js";
import type { Mac } from "../net/mac.js";
import type { BitPattern } from "../net/bit-pattern.js";

/** Default time limit for an HTTP authority. */
const AUTHORITY_SECONDS = 5;

/**
 * Makes the policy that `access` and the section of that name define.
 *
 * @param isKnown whether another source knows a machine
 */
export function makeAccess(settings: AccessSections, isKnown: (mac: Mac) => boolean | Promise<boolean>): AccessPolicy {
  const { bootpd, mac, uuid, http } = settings;
  switch (bootpd.access) {
    case undefined:
      return openAccess;
    case "mac":
      return macAccess(new IdentifierList(rulesOf(mac)), isKnown);
    case "uuid":
      return uuidAccess(new IdentifierList(rulesOf(uuid)));
    case "http": {
      const { location, pxe, dhcp, timeout, always_check: alwaysCheck } = http;
      if (location === undefined) throw new Error("access = http without a location was let through");
      const timeoutSeconds = timeout ?? bootpd.timeout ?? AUTHORITY_SECONDS;
      return httpAccess({ location, paths: { firmware: pxe, system: dhcp }, timeoutSeconds, alwaysCheck });
    }
  }
}

/** Makes rules from a section of identifiers. */
export function rulesOf(entries: readonly TableEntry<BitPattern, boolean>[]): readonly Rule[] {
  return entries.map(({ key, value }) => ({ pattern: key, allow: value }));
}
