import { FROM_REQUEST, rule, type Origin, type Sourced } from "../config/origin.js";
import type { LeaseBounds } from "./lease-terms.js";
import type { Message } from "./message.js";
import { Code } from "../options/codes.js";
import type { OptionValues } from "../options/setting.js";
import type { SubnetOrigins } from "./subnet-origins.js";

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

/** Returns the origin of the lease time granted to a request. */
export function leaseOriginFor(request: Message, { leaseBounds }: LeaseTerms, origins: SubnetOrigins): Origin {
  const wish = secondsIn(request.options.get(Code.leaseTime));
  if (wish === undefined || leaseBounds === undefined) return origins.leaseTime;
  if (wish < leaseBounds.least) return origins.leastLease;
  return wish > leaseBounds.most ? origins.mostLease : FROM_REQUEST;
}

/**
 * Returns T1 and T2: half and seven eighths of the lease (RFC 2131 4.4.5), or as configured. Returns none for a lease
 * without end, or where the times are not in ascending order.
 */
export function renewalOptions(lease: number, configured: (code: number) => Sourced<Buffer> | undefined): OptionValues {
  if (lease === Infinity) return new Map();
  const [first, second] = [configured(Code.renewalTime), configured(Code.rebindingTime)];
  const [ownRenewal, ownRebinding] = [secondsIn(first?.value), secondsIn(second?.value)];
  const renewal = ownRenewal ?? Math.floor(lease * 0.5);
  const rebinding = ownRebinding ?? Math.floor(lease * 0.875);
  if (!(renewal > 0 && renewal < rebinding && rebinding < lease)) return new Map();
  const origins = {
    renewal: (ownRenewal === undefined ? undefined : first?.origin) ?? HALF,
    rebinding: (ownRebinding === undefined ? undefined : second?.origin) ?? SEVEN_EIGHTHS,
  };
  return new Map([
    [Code.renewalTime, { value: encodeSeconds(renewal), origin: origins.renewal }],
    [Code.rebindingTime, { value: encodeSeconds(rebinding), origin: origins.rebinding }],
  ]);
}

const HALF = rule("half of the lease time (RFC 2131 4.4.5)");
const SEVEN_EIGHTHS = rule("seven eighths of the lease time (RFC 2131 4.4.5)");

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
