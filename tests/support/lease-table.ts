import type { AddressPlan } from "../../lib/leases/address-plan.js";
import { LeaseTable } from "../../lib/leases/lease-table.js";
import { formatIpv4, type Ipv4 } from "../../lib/net/ipv4.js";
import type { Mac } from "../../lib/net/mac.js";
import { ManualClock } from "./manual-clock.js";
import { ip, mac } from "./values.js";

/** Machines. */
export const ALICE = mac("02-00-00-00-00-0A");
export const BOB = mac("02-00-00-00-00-0B");
export const CAROL = mac("02-00-00-00-00-0C");
export const DAVE = mac("02-00-00-00-00-0D");

export const OFFER_SECONDS = 60;
export const DECLINE_SECONDS = 86_400;
/** The first address of every pool. */
export const START = ip("10.0.0.10");

/** Differences from the usual plan. */
export interface PlanChanges {
  readonly count?: number;
  readonly excluded?: readonly string[];
  readonly reservations?: readonly (readonly [key: Mac, address: string])[];
}

/** A table of a pool from 10.0.0.10 on, and its clock. */
export function makeTable({ count = 3, excluded = [], reservations = [] }: PlanChanges = {}): {
  readonly table: LeaseTable;
  readonly clock: ManualClock;
} {
  const clock = new ManualClock();
  const plan: AddressPlan = {
    ranges: [{ start: START, count }],
    excluded: new Set(excluded.map(ip)),
    reservations: new Map(reservations.map(([key, address]) => [key, ip(address)])),
    offerSeconds: OFFER_SECONDS,
    declineSeconds: DECLINE_SECONDS,
  };
  return { table: new LeaseTable(plan, clock), clock };
}

/** @returns the dotted quad, undefined for none */
export function show(address: Ipv4 | undefined): string | undefined {
  return address === undefined ? undefined : formatIpv4(address);
}

/** Offers and binds, as a machine that boots does. @returns the address it has then */
export function take(table: LeaseTable, key: Mac, requested?: string): string | undefined {
  const address = table.offer(key, requested === undefined ? undefined : ip(requested));
  if (address !== undefined) table.bind(key, address);
  return show(address);
}
