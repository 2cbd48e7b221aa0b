import { formatIpv4 } from "../net/ipv4.js";
import { UNKNOWN_START } from "../leases/import/imported.js";
import { clientIdOf } from "../machine/lease-key.js";
import type { Lease, LeaseState } from "../leases/lease.js";
import { formatDetails, formatIso, formatJsonLines, formatTable, formatTime } from "../common/text-table.js";

/** The state of a lease in the output; `expired`: bound, past its end, and still kept for its machine. */
export type ShownState = LeaseState | "expired";

/** All states, in the order of the usage text. */
export const SHOWN_STATES: readonly ShownState[] = ["bound", "expired", "released", "declined"];

/** A lease in the JSON output. */
export interface LeaseJson {
  readonly address: string;
  readonly mac: string;
  /** Hexadecimal; null where the client is identified by its hardware address. */
  readonly client_id: string | null;
  readonly state: ShownState;
  /** ISO 8601, UTC; null where unknown. */
  readonly starts: string | null;
  /** ISO 8601, UTC; null for an infinite lease. */
  readonly ends: string | null;
  readonly host_name: string | null;
}

const TITLES = ["ADDRESS", "MAC", "STATE", "ENDS", "HOST NAME", "CLIENT ID"];
const DETAIL_WIDTH = 11;

/**
 * Formats leases as a table with a title line, ordered by address. The text ends with a line feed.
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
 * Returns a lease as a plain object for `--json`.
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
 * Formats leases as a JSON array, a lease on each line. The text ends with a line feed.
 *
 * @param now milliseconds since 1970
 */
export function formatLeaseJson(leases: readonly Lease[], now: number): string {
  return formatJsonLines(leases.map((lease) => leaseToJson(lease, now)));
}

/**
 * Formats leases with all details, a line for each field and an empty line between leases. The text ends with a line
 * feed.
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
