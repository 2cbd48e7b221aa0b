import type { LeaseBounds } from "./lease-terms.js";
import type { Message } from "./message.js";
import type { Options } from "../options/codec.js";
import { Code } from "../options/codes.js";

/** The lease times of a network, in seconds; `Infinity` for ever. */
export interface LeaseTerms {
  /** The lease time of clients that ask for none. */
  readonly leaseSeconds: number;
  /** The range a client may ask for; undefined where its wish is ignored. */
  readonly leaseBounds?: LeaseBounds | undefined;
}

/** "For ever" on the wire (RFC 2131 3.3). */
const INFINITE = 0xffffffff;

/** Returns the lease time granted to a request (RFC 2131 4.3.1, option 51). */
export function leaseSecondsFor(request: Message, { leaseSeconds, leaseBounds }: LeaseTerms): number {
  const wish = secondsIn(request.options.get(Code.leaseTime));
  const seconds = wish === undefined || leaseBounds === undefined ? leaseSeconds : clamp(wish, leaseBounds);
  return seconds >= INFINITE ? Infinity : Math.floor(seconds);
}

/**
 * Returns T1 and T2: half and seven eighths of the lease (RFC 2131 4.4.5), or as configured. Returns none for a lease
 * without end, or where the times are not in ascending order.
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

/** Encodes a time: whole seconds, at most "for ever". */
export function encodeSeconds(time: number): Buffer {
  // Allocating from Node's buffer pool is much cheaper than a buffer of its own.
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
