import { openAccess, type AccessPolicy } from "./access.js";
import { httpAccess } from "./http.js";
import { IdentifierList, macAccess, uuidAccess, type Rule } from "./list.js";
import type { AccessSections } from "./sections.js";
import type { TableEntry } from "../config/spec.js";
import type { Mac } from "../net/mac.js";
import type { BitPattern } from "../net/bit-pattern.js";

/** Default time limit for an HTTP authority. */
const AUTHORITY_SECONDS = 5;

/** The part of the configuration that decides which machines may boot. */
export interface AccessConfig {
  /** The path of the configuration file. */
  readonly file: string;
  readonly settings: AccessSections;
  /** Returns the line of a section; undefined where the file does not have it. */
  readonly lineOf: (section: "mac" | "uuid") => number | undefined;
}

/**
 * Makes the policy that `access` and the section of that name define.
 *
 * @param isKnown whether another source knows a machine
 */
export function makeAccess(
  { file: source, settings, lineOf }: AccessConfig,
  isKnown: (mac: Mac) => boolean | Promise<boolean>,
): AccessPolicy {
  const { bootpd, mac, uuid, http } = settings;
  switch (bootpd.access) {
    case undefined:
      return openAccess;
    case "mac":
      return macAccess(new IdentifierList(rulesOf(mac, source)), isKnown, { source, line: lineOf("mac") });
    case "uuid":
      return uuidAccess(new IdentifierList(rulesOf(uuid, source)), { source, line: lineOf("uuid") });
    case "http": {
      const { location, pxe, dhcp, timeout, always_check: alwaysCheck } = http;
      if (location === undefined) throw new Error("access = http without a location was let through");
      const timeoutSeconds = timeout ?? bootpd.timeout ?? AUTHORITY_SECONDS;
      return httpAccess({ location, paths: { firmware: pxe, system: dhcp }, timeoutSeconds, alwaysCheck });
    }
  }
}

/** Makes rules from a section of identifiers. @param source the path of the file that has it */
export function rulesOf(entries: readonly TableEntry<BitPattern, boolean>[], source: string): readonly Rule[] {
  return entries.map(({ key, value, line }) => ({ pattern: key, allow: value, place: { source, line } }));
}
