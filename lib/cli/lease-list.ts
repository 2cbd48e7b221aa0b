import { formatIpv4 } from "../net/ipv4.js";
import { UNKNOWN_START } from "../leases/import/imported.js";
import { clientIdOf } from "../machine/lease-key.js";
import type { Lease, LeaseState } from "../leases/lease.js";
import { formatDetails, formatIso, formatJsonLines, formatTable, formatTime } from "../common/text-table.js";

/** What people are told of a lease; `expired` is one that is still kept for its machine after its end. */
export type ShownState = LeaseState | "expired";

/** All of them. */
export const SHOWN_STATES: readonly ShownState[] = ["bound", "expired", "released", "declined"];

/** A lease as other programs read it. */
export interface LeaseJson {
  readonly address: string;
  readonly mac: string;
  /** Hexadecimal; null where the machine is known by its hardware address. */
  readonly client_id: string | null;
  readonly state: ShownState;
  /** ISO 8601, UTC; null where it is not known. */
  readonly starts: string | null;
  /** ISO 8601, UTC; null for a lease that does not end. */
  readonly ends: string | null;
  readonly host_name: string | null;
}

const TITLES = ["ADDRESS", "MAC", "STATE", "ENDS", "HOST NAME", "CLIENT ID"];
const DETAIL_WIDTH = 11;

/**
 * Leases as a table for people, ordered by address, with a line of titles; it ends with a line feed.
 *
 * @param now milliseconds since 1970
 */
export function formatLeaseTable(leases: readonly Lease[], now: number): string {
  const rows = leases
    .toSorted((a, b) => a.address - b.address)
    .map((lease) => [
      formatIpv4(lease.address),
      lease.mac,
      stateOf(lease, now),
      formatTime(lease.ends, now),
      lease.hostName ?? "",
      clientIdOf(lease.key) ?? "",
    ]);
  return formatTable(TITLES, rows);
}

/**
 * A lease as a plain object for `--json`.
 *
 * @param now milliseconds since 1970
 */
export function leaseToJson(lease: Lease, now: number): LeaseJson {
  return {
    address: formatIpv4(lease.address),
    mac: lease.mac,
    client_id: clientIdOf(lease.key) ?? null,
    state: stateOf(lease, now),
    starts: lease.starts === UNKNOWN_START ? null : formatIso(lease.starts),
    ends: formatIso(lease.ends),
    host_name: lease.hostName ?? null,
  };
}

/**
 * Leases as a JSON array, a lease on each line; it ends with a line feed.
 *
 * @param now milliseconds since 1970
 */
export function formatLeaseJson(leases: readonly Lease[], now: number): string {
  return formatJsonLines(leases.map((lease) => leaseToJson(lease, now)));
}

/**
 * All of some leases for people, a line for each thing and an empty one between leases; it ends with a line feed.
 *
 * @param now milliseconds since 1970
 */
export function formatLeaseDetails(leases: readonly Lease[], now: number): string {
  const blocks = leases.map((lease) =>
    formatDetails(
      [
        ["address", formatIpv4(lease.address)],
        ["MAC", lease.mac],
        ["client id", clientIdOf(lease.key) ?? ""],
        ["state", stateOf(lease, now)],
        ["since", lease.starts === UNKNOWN_START ? "" : formatTime(lease.starts, now)],
        ["ends", formatTime(lease.ends, now)],
        ["host name", lease.hostName ?? ""],
      ],
      DETAIL_WIDTH,
    ),
  );
  return blocks.join("\n");
}

/** @param now milliseconds since 1970 */
export function stateOf({ state, ends }: Lease, now: number): ShownState {
  return state === "bound" && ends <= now ? "expired" : state;
}
