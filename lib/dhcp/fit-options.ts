import { sizeOfOption, type Options } from "../options/codec.js";
import { Code } from "../options/registry.js";

/** RFC 3397 2, RFC 3361 3.1, RFC 3442: options whose clients have to understand several instances of one option (RFC 3396). */
const LONG: readonly number[] = [Code.domainSearch, Code.sipServers, Code.classlessRoutes];

/** EDK2 and boot ROMs read the first instance of these only. */
const WHOLE: readonly number[] = [Code.vendorSpecific, Code.vendorClass, Code.tftpServerName, Code.bootFileName];

/** RFC 3442: who takes option 121 ignores these, and is not to be sent them. */
const REPLACED_BY_ROUTES: readonly number[] = [Code.router, Code.staticRoutes];

/** What may be sent, and what of it should be. */
export interface Wanted {
  /** All there is; an empty value is not sent. */
  readonly available: (code: number) => Buffer | undefined;
  /** What a message of its type has to have, in its order. */
  readonly essential: readonly number[];
  /** What is sent whether it is asked for or not, the most important first. */
  readonly forced: readonly number[];
  /** What is asked for, in the client's order. */
  readonly listed: Codes;
}

/** Codes of options, as a list or as they came. */
type Codes = readonly number[] | Uint8Array;

/**
 * Chooses what fits, the most important first, and puts it in the order of RFC 2132: the mask before the router (3.3),
 * then as it was asked (9.8), then what was not.
 *
 * @param room in octets
 */
export function fitOptions(wanted: Wanted, room: number): Map<number, Buffer> {
  return allOptions(wanted, room) ?? chooseOptions(wanted, room);
}

/** All of them in order, which is most often possible; undefined where something has to be left out. */
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
