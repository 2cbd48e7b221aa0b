import { parseMac, type Mac } from "../net/mac.js";
import { CLIENT_ID_PREFIX, clientIdDigits, hasClientIdPrefix, parseClientId, type ClientId } from "./client-id.js";

/** The key of a lease (RFC 2131 4.2): a hardware address or a client identifier. Equal texts are the same client. */
export type LeaseKey = Mac | ClientId;

/** The identifiers of a client. */
export interface Identity {
  readonly mac: Mac;
  /** Undefined where the client sends none. */
  readonly clientId: ClientId | undefined;
}

/** The identifier that leases use as key where a client sends both (`client_key`). */
export type KeyPreference = "mac" | "client-id";

/** Whether a key is a client identifier, not a hardware address. */
export function isClientId(key: LeaseKey): key is ClientId {
  // Every request asks: a key has the prefix in one spelling.
  return key.startsWith(CLIENT_ID_PREFIX);
}

/** Parses a key: a hardware address of six octets, or `id:` and a client identifier in hexadecimal. */
export function parseLeaseKey(text: string): LeaseKey | undefined {
  return hasClientIdPrefix(text) ? parseClientId(text) : parseMac(text);
}

/** Returns the client identifier of a key in hexadecimal; undefined for a hardware address. */
export function clientIdOf(key: LeaseKey): string | undefined {
  return isClientId(key) ? clientIdDigits(key) : undefined;
}
