import type { Origin, Sourced } from "../config/origin.js";
import { sizeOfOption } from "../options/codec.js";
import { Code } from "../options/codes.js";

/**
 * Options whose clients must support several instances of one option (RFC 3396): RFC 3397 2, RFC 3361 3.1, RFC 3442.
 */
const LONG: readonly number[] = [Code.domainSearch, Code.sipServers, Code.classlessRoutes];

/** Options of which EDK2 and boot ROMs read only the first instance. */
const WHOLE: readonly number[] = [Code.vendorSpecific, Code.vendorClass, Code.tftpServerName, Code.bootFileName];

/** Options that a client ignores in favour of option 121; a server must not send both (RFC 3442). */
const REPLACED_BY_ROUTES: readonly number[] = [Code.router, Code.staticRoutes];

/** The options of a reply, in order. Keeps the origins of their values only where they are to be told. */
export class ReplyOptions {
  readonly values = new Map<number, Buffer>();
  readonly origins: Map<number, Origin> | undefined;

  /** @param explained whether to keep origins */
  constructor(explained: boolean) {
    this.origins = explained ? new Map() : undefined;
  }

  set(code: number, value: Buffer, origin: Origin): void {
    this.values.set(code, value);
    this.origins?.set(code, origin);
  }
}

/** The options that may be sent, and their priority. */
export interface Wanted {
  /** Returns the value of an option; an empty one is not sent. */
  readonly available: (code: number) => Sourced<Buffer> | undefined;
  /** Options that a message of its type must have, in order. */
  readonly essential: readonly number[];
  /** Options sent whether requested or not, the most important first. */
  readonly forced: readonly number[];
  /** Options requested, in the client's order. */
  readonly listed: Codes;
  /** Whether to keep the origins of the values. */
  readonly explained: boolean;
}

/** Option codes, as an array or as the raw value of option 55. */
type Codes = readonly number[] | Uint8Array;

/**
 * Chooses the options that fit, the most important first, and orders them as RFC 2132 says: the mask before the router
 * (3.3), then in requested order (9.8), then the rest.
 *
 * @param room in octets
 */
export function fitOptions(wanted: Wanted, room: number): ReplyOptions {
  return allOptions(wanted, room) ?? chooseOptions(wanted, room);
}

/** Returns all wanted options in order, the common case; undefined where one must be left out. */
function allOptions(
  { available, essential, forced, listed, explained }: Wanted,
  room: number,
): ReplyOptions | undefined {
  const chosen = new ReplyOptions(explained);
  let left = room;
  const add = (code: number): boolean => {
    const found = chosen.values.has(code) ? undefined : available(code);
    if (found === undefined || found.value.length === 0) return true;
    const { value, origin } = found;
    left -= sizeOfOption(code, value);
    if (left < 0 || value.length > 255 || code === Code.classlessRoutes) return false;
    chosen.set(code, value, origin);
    return true;
  };
  for (const code of essential) if (!add(code)) return undefined;
  if (listed.includes(Code.subnetMask) && !add(Code.subnetMask)) return undefined;
  for (const code of listed) if (!add(code)) return undefined;
  for (const code of forced) if (!add(code)) return undefined;
  return chosen;
}

function chooseOptions({ available, essential, forced, listed, explained }: Wanted, room: number): ReplyOptions {
  const mask = listed.includes(Code.subnetMask) ? [Code.subnetMask] : [];
  const routes = listed.includes(Code.classlessRoutes) ? [Code.classlessRoutes] : [];
  const understandsLong = LONG.some((code) => listed.includes(code));
  const chosen = new Map<number, Sourced<Buffer>>();
  let left = room;
  for (const codes of [essential, forced, mask, routes, listed]) {
    for (const code of codes) {
      const found = chosen.has(code) ? undefined : available(code);
      if (found === undefined || found.value.length === 0) continue;
      const { value } = found;
      if (value.length > 255 && (!understandsLong || WHOLE.includes(code))) continue;
      if (REPLACED_BY_ROUTES.includes(code) && chosen.has(Code.classlessRoutes)) continue;
      const size = sizeOfOption(code, value);
      if (size > left) continue;
      chosen.set(code, found);
      left -= size;
    }
  }
  return inOrder(chosen, [essential, mask, listed, forced], explained);
}

function inOrder(
  chosen: ReadonlyMap<number, Sourced<Buffer>>,
  order: readonly Codes[],
  explained: boolean,
): ReplyOptions {
  const ordered = new ReplyOptions(explained);
  for (const codes of order) {
    for (const code of codes) {
      const found = chosen.get(code);
      if (found !== undefined) ordered.set(code, found.value, found.origin);
    }
  }
  return ordered;
}
