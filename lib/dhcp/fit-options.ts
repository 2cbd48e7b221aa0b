import { sizeOfOption, type Options } from "../options/codec.js";
import { Code } from "../options/codes.js";

/**
 * Options whose clients must support several instances of one option (RFC 3396): RFC 3397 2, RFC 3361 3.1, RFC 3442.
 */
const LONG: readonly number[] = [Code.domainSearch, Code.sipServers, Code.classlessRoutes];

/** Options of which EDK2 and boot ROMs read only the first instance. */
const WHOLE: readonly number[] = [Code.vendorSpecific, Code.vendorClass, Code.tftpServerName, Code.bootFileName];

/** Options that a client ignores in favour of option 121; a server must not send both (RFC 3442). */
const REPLACED_BY_ROUTES: readonly number[] = [Code.router, Code.staticRoutes];

/** The options that may be sent, and their priority. */
export interface Wanted {
  /** Returns the value of an option; an empty one is not sent. */
  readonly available: (code: number) => Buffer | undefined;
  /** Options that a message of its type must have, in order. */
  readonly essential: readonly number[];
  /** Options sent whether requested or not, the most important first. */
  readonly forced: readonly number[];
  /** Options requested, in the client's order. */
  readonly listed: Codes;
}

/** Option codes, as an array or as the raw value of option 55. */
type Codes = readonly number[] | Uint8Array;

/**
 * Chooses the options that fit, the most important first, and orders them as RFC 2132 says: the mask before the router
 * (3.3), then in requested order (9.8), then the rest.
 *
 * @param room in octets
 */
export function fitOptions(wanted: Wanted, room: number): Map<number, Buffer> {
  return allOptions(wanted, room) ?? chooseOptions(wanted, room);
}

/** Returns all wanted options in order, the common case; undefined where one must be left out. */
function allOptions({ available, essential, forced, listed }: Wanted, room: number): Map<number, Buffer> | undefined {
  const chosen = new Map<number, Buffer>();
  let left = room;
  const add = (code: number): boolean => {
    const value = chosen.has(code) ? undefined : available(code);
    if (value === undefined || value.length === 0) return true;
    left -= sizeOfOption(code, value);
    if (left < 0 || value.length > 255 || code === Code.classlessRoutes) return false;
    chosen.set(code, value);
    return true;
  };
  for (const code of essential) if (!add(code)) return undefined;
  if (listed.includes(Code.subnetMask) && !add(Code.subnetMask)) return undefined;
  for (const code of listed) if (!add(code)) return undefined;
  for (const code of forced) if (!add(code)) return undefined;
  return chosen;
}

function chooseOptions({ available, essential, forced, listed }: Wanted, room: number): Map<number, Buffer> {
  const mask = listed.includes(Code.subnetMask) ? [Code.subnetMask] : [];
  const routes = listed.includes(Code.classlessRoutes) ? [Code.classlessRoutes] : [];
  const understandsLong = LONG.some((code) => listed.includes(code));
  const chosen = new Map<number, Buffer>();
  let left = room;
  for (const codes of [essential, forced, mask, routes, listed]) {
    for (const code of codes) {
      const value = chosen.has(code) ? undefined : available(code);
      if (value === undefined || value.length === 0) continue;
      if (value.length > 255 && (!understandsLong || WHOLE.includes(code))) continue;
      if (REPLACED_BY_ROUTES.includes(code) && chosen.has(Code.classlessRoutes)) continue;
      const size = sizeOfOption(code, value);
      if (size > left) continue;
      chosen.set(code, value);
      left -= size;
    }
  }
  return inOrder(chosen, [essential, mask, listed, forced]);
}

function inOrder(chosen: Options, order: readonly Codes[]): Map<number, Buffer> {
  const ordered = new Map<number, Buffer>();
  for (const codes of order) {
    for (const code of codes) {
      const value = chosen.get(code);
      if (value !== undefined) ordered.set(code, value);
    }
  }
  return ordered;
}
