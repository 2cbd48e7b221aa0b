import { parseMac, type Mac } from "../net/mac.js";
import { clientIdDigits, hasClientIdPrefix, parseClientId, type ClientId } from "./client-id.js";

/**
 * What a lease goes by (RFC 2131 4.2): a hardware address, or a client identifier. Two keys are of one client where they
 * are the same text.
 */
export type LeaseKey = Mac | ClientId;

/** What a client can be known by. */
export interface Identity {
  readonly mac: Mac;
  /** Undefined where it sends none. */
  readonly clientId: ClientId | undefined;
}

/** Which of the two leases go by where a client sends both (`client_key`). */
export type KeyPreference = "mac" | "client-id";

/** Whether a key is a client identifier, not a hardware address. */
export function isClientId(key: LeaseKey): key is ClientId {
  return hasClientIdPrefix(key);
}

/** Reads a key as people write it: a hardware address of six octets, or `id:` and a client identifier in hexadecimal. */
export function parseLeaseKey(text: string): LeaseKey | undefined {
  return hasClientIdPrefix(text) ? parseClientId(text) : parseMac(text);
}

/** A client identifier as a key, in hexadecimal; undefined for a hardware address. */
export function clientIdOf(key: LeaseKey): string | undefined {
  return isClientId(key) ? clientIdDigits(key) : undefined;
}
