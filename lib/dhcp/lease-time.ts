import type { LeaseBounds } from "./lease-terms.js";
import type { Message } from "./message.js";
import type { Options } from "../options/codec.js";
import { Code } from "../options/registry.js";

/** For how long addresses are given, in seconds; `Infinity` for ever. */
export interface LeaseTerms {
  /** What a client gets that asks for no time of its own. */
  readonly leaseSeconds: number;
  /** What a client may ask for; undefined where its wish does not count. */
  readonly leaseBounds?: LeaseBounds | undefined;
}

/** "For ever" on the wire (RFC 2131 3.3). */
const INFINITE = 0xffffffff;

/** For how long the address is given that a request asks for (RFC 2131 4.3.1, option 51). */
export function leaseSecondsFor(request: Message, { leaseSeconds, leaseBounds }: LeaseTerms): number {
  const wish = secondsIn(request.options.get(Code.leaseTime));
  const seconds = wish === undefined || leaseBounds === undefined ? leaseSeconds : clamp(wish, leaseBounds);
  return seconds >= INFINITE ? Infinity : Math.floor(seconds);
}

/**
 * When a client asks for more time, and when it asks any server: half and seven eighths of the lease (RFC 2131 4.4.5),
 * or what is configured. None where the lease does not end, or the times would not come one after the other.
 */
export function renewalOptions(lease: number, configured: (code: number) => Buffer | undefined): Options {
  if (lease === Infinity) return new Map();
  const renewal = secondsIn(configured(Code.renewalTime)) ?? Math.floor(lease * 0.5);
  const rebinding = secondsIn(configured(Code.rebindingTime)) ?? Math.floor(lease * 0.875);
  if (!(renewal > 0 && renewal < rebinding && rebinding < lease)) return new Map();
  return new Map([
    [Code.renewalTime, encodeSeconds(renewal)],
    [Code.rebindingTime, encodeSeconds(rebinding)],
  ]);
}

/** A time on the wire: whole seconds, at most "for ever". */
export function encodeSeconds(time: number): Buffer {
  // Memory of Node's pool costs a fraction of memory of its own.
  const value = Buffer.allocUnsafe(4);
  value.writeUInt32BE(Math.min(INFINITE, Math.floor(time)));
  return value;
}

function secondsIn(value: Buffer | undefined): number | undefined {
  if (value?.length !== 4) return undefined;
  const seconds = value.readUInt32BE(0);
  return seconds === INFINITE ? Infinity : seconds;
}

function clamp(value: number, { least, most }: LeaseBounds): number {
  return Math.min(Math.max(value, least), most);
}
