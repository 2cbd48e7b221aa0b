import type { ImportedFile, LeaseFormat } from "../leases/import/import.js";
import type { ImportedReservation } from "../leases/import/imported.js";
import { OUTSIDE_NETWORKS } from "../leases/lease-admin.js";
import type { ImportEntry } from "./import-order.js";
import { formatJsonLine } from "../common/text-table.js";
import { counted } from "../common/counted.js";
import { formatIpv4 } from "../net/ipv4.js";

const FORMATS: Readonly<Record<LeaseFormat, string>> = {
  csv: "CSV",
  dnsmasq: "dnsmasq",
  "isc-dhcpd": "ISC dhcpd",
  kea: "Kea",
};

/** The result of importing a file of leases. */
export interface ImportResult {
  /** The file as the user named it. */
  readonly name: string;
  readonly file: ImportedFile;
  /** The entries that were imported or skipped. */
  readonly tried: readonly TriedEntry[];
}

/** An entry that was imported, or skipped for a reason. */
export interface TriedEntry extends ImportEntry {
  /** Undefined where it was imported. */
  readonly reason: string | undefined;
}

/** A skipped lease and the reason. */
interface Skipped {
  readonly address: string;
  readonly mac: string;
  readonly reason: string;
}

/**
 * Formats the result as text: what was imported, what was skipped, and how to keep the reservations. The counts cover
 * every statement of the file.
 */
export function importAsText(result: ImportResult): string {
  const { name, file, tried } = result;
  const { format = "csv", problems, beside } = file;
  const leases = leasesOf(result);
  const skipped = skippedOf(leases).length;
  const counts = [
    `${leases.length - skipped} taken`,
    `${skipped} skipped`,
    ...(problems.length === 0 ? [] : [counted(problems.length, "problem")]),
  ];
  const leftOut = [...(beside?.leftOut ?? [])].map(([kind, count]) => `${count} × ${kind}`);
  return [
    `${name} (${FORMATS[format]}), ${counted(leases.length, "lease")}: ${counts.join(", ")}`,
    ...skippedOf(tried).map(({ address, mac, reason }) => `  ${address} (${mac}): ${reason}`),
    ...(leftOut.length === 0 ? [] : [`not taken, since nothing of the kind is kept here: ${leftOut.join(", ")}`]),
    ...reservationLines(result),
    "",
  ].join("\n");
}

/** Formats the result as one line of JSON. */
export function importAsJson(result: ImportResult): string {
  const { name, file } = result;
  const { format, problems, beside } = file;
  const leases = leasesOf(result);
  const skipped = skippedOf(leases);
  return formatJsonLine({
    file: name,
    format,
    read: leases.length,
    taken: leases.length - skipped.length,
    skipped,
    problems,
    reservations: reservationsOf(result).map(({ key, address, hostName, reason }) => ({
      key,
      address: formatIpv4(address),
      host_name: hostName ?? null,
      reason: reason ?? null,
    })),
    left_out: Object.fromEntries(beside?.leftOut ?? []),
  });
}

/** Returns the configuration lines that keep the reservations, ordered by address. */
function reservationLines(result: ImportResult): readonly string[] {
  const reservations = reservationsOf(result);
  if (reservations.length === 0) return [];
  const lines = reservations
    .map((reservation) => ({ ...reservation, outside: reservation.reason === OUTSIDE_NETWORKS }))
    .sort((one, other) => one.address - other.address)
    .map(({ key, address, hostName, outside }) => {
      const line = `${key} = ${[formatIpv4(address), ...(hostName === undefined ? [] : [hostName])].join(" ")}`;
      return outside ? `; ${line}` : line;
    });
  const count = `${reservations.length} ${reservations.length === 1 ? "reservation" : "reservations"}`;
  return [`${count} of its hosts; to keep them whatever becomes of the leases, add to the configuration:`].concat(
    "[static_dhcp]",
    lines,
  );
}

function leasesOf({ tried }: ImportResult): readonly TriedEntry[] {
  return tried.filter(({ reservation }) => reservation === undefined);
}

/** Returns the reservations in the order of the file. */
function reservationsOf({ file, tried }: ImportResult): readonly (ImportedReservation & Pick<TriedEntry, "reason">)[] {
  const reasons = new Map(tried.map(({ reservation, reason }) => [reservation, reason]));
  return (file.beside?.reservations ?? []).map((each) => ({ ...each, reason: reasons.get(each) }));
}

function skippedOf(tried: readonly TriedEntry[]): readonly Skipped[] {
  return tried
    .flatMap(({ lease: { address, mac }, reason }) =>
      reason === undefined ? [] : [{ order: address, address: formatIpv4(address), mac, reason }],
    )
    .sort((one, other) => one.order - other.order)
    .map(({ address, mac, reason }) => ({ address, mac, reason }));
}
