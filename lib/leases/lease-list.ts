import { formatIpv4 } from "../net/ipv4.js";
import { isIdentifier, UNKNOWN_START } from "./imported.js";
import type { Lease, LeaseState } from "./lease.js";
import { escapeUnprintable } from "./printable.js";

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
  /** ISO 8601, UTC. */
  readonly starts: string | null;
  /** ISO 8601, UTC; null for a lease that does not end. */
  readonly ends: string | null;
  readonly host_name: string | null;
}

const TITLES = ["ADDRESS", "MAC", "STATE", "ENDS", "HOST NAME", "CLIENT ID"];
const NONE = "-";
const DETAIL_WIDTH = 11;

/** The units of a distance in time, and from how many milliseconds on each is used. */
const UNITS = [
  { name: "d", milliseconds: 86_400_000, from: 2 * 86_400_000 },
  { name: "h", milliseconds: 3_600_000, from: 3_600_000 },
  { name: "min", milliseconds: 60_000, from: 60_000 },
  { name: "s", milliseconds: 1000, from: 0 },
] as const;

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
      clientIdOf(lease) ?? "",
    ])
    .map((cells) => cells.map((cell) => escapeUnprintable(cell) || NONE));
  const lines = [TITLES, ...rows];
  const widths = TITLES.map((_, column) => lines.reduce((most, cells) => Math.max(most, widthOf(cells[column])), 0));
  return lines.map((cells) => `${align(cells, widths)}\n`).join("");
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
    client_id: clientIdOf(lease) ?? null,
    state: stateOf(lease, now),
    starts: formatIso(lease.starts),
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
  if (leases.length === 0) return "[]\n";
  return `[\n${leases.map((lease) => formatJsonLine(leaseToJson(lease, now)).trimEnd()).join(",\n")}\n]\n`;
}

/** A value as JSON on a line of its own. What has no place in a terminal is escaped. */
export function formatJsonLine(value: unknown): string {
  return `${escapeUnprintable(JSON.stringify(value))}\n`;
}

/**
 * All of some leases for people, a line for each thing and an empty one between leases; it ends with a line feed.
 *
 * @param now milliseconds since 1970
 */
export function formatLeaseDetails(leases: readonly Lease[], now: number): string {
  const blocks = leases.map((lease) =>
    [
      ["address", formatIpv4(lease.address)],
      ["MAC", lease.mac],
      ["client id", clientIdOf(lease) ?? ""],
      ["state", stateOf(lease, now)],
      ["since", lease.starts === UNKNOWN_START ? "" : formatTime(lease.starts, now)],
      ["ends", formatTime(lease.ends, now)],
      ["host name", lease.hostName ?? ""],
    ]
      .map(([title = "", text = ""]) => `${title.padEnd(DETAIL_WIDTH)}${escapeUnprintable(text) || NONE}\n`)
      .join(""),
  );
  return blocks.join("\n");
}

/** @param now milliseconds since 1970 */
export function stateOf({ state, ends }: Lease, now: number): ShownState {
  return state === "bound" && ends <= now ? "expired" : state;
}

function clientIdOf({ owner }: Lease): string | undefined {
  return isIdentifier(owner) ? owner.slice(owner.indexOf(":") + 1) : undefined;
}

function formatIso(time: number): string | null {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** `2026-11-21 15:23 (in 3 h)`, in this host's time zone. */
function formatTime(time: number, now: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "never";
  const [year, ...rest] = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits);
  const clock = [date.getHours(), date.getMinutes()].map(twoDigits).join(":");
  return `${[year, ...rest].join("-")} ${clock} (${formatDistance(time - now)})`;
}

function formatDistance(milliseconds: number): string {
  const distance = Math.abs(milliseconds);
  const unit = UNITS.find(({ from }) => distance >= from) ?? UNITS[3];
  const count = Math.floor(distance / unit.milliseconds);
  if (count === 0) return "now";
  return milliseconds > 0 ? `in ${count} ${unit.name}` : `${count} ${unit.name} ago`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}

function align(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)));
  return padded.join("  ").trimEnd();
}

/** In characters, where `length` counts some twice. */
function widthOf(cell = ""): number {
  return Array.from(cell).length;
}
