import { Code, sizeOfOption, type Options } from "./options.js";

/** RFC 3397 2, RFC 3361 3.1, RFC 3442: options whose clients have to understand several instances of one option (RFC 3396). */
const LONG: readonly number[] = [Code.domainSearch, Code.sipServers, Code.classlessRoutes];

/** EDK2 and boot ROMs read the first instance of these only. */
const WHOLE: readonly number[] = [Code.vendorSpecific, Code.vendorClass, Code.tftpServerName, Code.bootFileName];

/** RFC 3442: who takes option 121 ignores these, and is not to be sent them. */
const REPLACED_BY_ROUTES: readonly number[] = [Code.router, Code.staticRoutes];

/** What may be sent, and what of it should be. */
export interface Wanted {
  /** All there is; an empty value is not sent. */
  readonly available: Options;
  /** What a message of its type has to have, in its order. */
  readonly essential: readonly number[];
  /** What is sent whether it is asked for or not, the most important first. */
  readonly forced: readonly number[];
  /** What is asked for, in the client's order. */
  readonly listed: readonly number[];
}

/**
 * Chooses what fits, the most important first, and puts it in the order of RFC 2132: the mask before the router (3.3),
 * then as it was asked (9.8), then what was not.
 *
 * @param room in octets
 */
export function fitOptions({ available, essential, forced, listed }: Wanted, room: number): Options {
  const mask = listed.filter((code) => code === Code.subnetMask);
  const routes = listed.filter((code) => code === Code.classlessRoutes);
  const understandsLong = LONG.some((code) => listed.includes(code));
  const chosen = new Set<number>();
  let left = room;
  for (const code of [...essential, ...forced, ...mask, ...routes, ...listed]) {
    const value = available.get(code);
    if (value === undefined || value.length === 0 || chosen.has(code)) continue;
    if (value.length > 255 && (!understandsLong || WHOLE.includes(code))) continue;
    if (REPLACED_BY_ROUTES.includes(code) && chosen.has(Code.classlessRoutes)) continue;
    const size = sizeOfOption(code, value);
    if (size > left) continue;
    chosen.add(code);
    left -= size;
  }
  const order = new Set([...essential, ...mask, ...listed, ...forced]);
  return new Map(
    [...order].flatMap((code) => {
      const value = chosen.has(code) ? available.get(code) : undefined;
      return value === undefined ? [] : [[code, value] as const];
    }),
  );
}
