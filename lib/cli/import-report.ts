import type { ImportedFile, LeaseFormat } from "../leases/import/import.js";
import type { ImportedReservation } from "../leases/import/imported.js";
import { OUTSIDE_NETWORKS } from "../leases/stored-lease-admin.js";
import type { Lease } from "../leases/lease.js";
import { formatJsonLine } from "../common/text-table.js";
import { counted } from "../common/counted.js";
import { formatIpv4 } from "../net/ipv4.js";

const FORMATS: Readonly<Record<LeaseFormat, string>> = { csv: "CSV", dnsmasq: "dnsmasq", "isc-dhcpd": "ISC dhcpd" };

/** The result of importing a file of leases. */
export interface ImportResult {
  /** The file as the user named it. */
  readonly name: string;
  readonly file: ImportedFile;
  /** The leases to import: first one for each reservation of the file, then its leases. */
  readonly leases: readonly Lease[];
  /** The reason why each lease was skipped; undefined where it was imported. */
  readonly reasons: readonly (string | undefined)[];
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
  const { name, file, leases } = result;
  const { format = "csv", problems, beside } = file;
  const reserved = reservationsOf(result).length;
  const skipped = skippedOf(result, reserved).length;
  const counts = [
    `${leases.length - reserved - skipped} taken`,
    `${skipped} skipped`,
    ...(problems.length === 0 ? [] : [counted(problems.length, "problem")]),
  ];
  const leftOut = [...(beside?.leftOut ?? [])].map(([kind, count]) => `${count} × ${kind}`);
  return [
    `${name} (${FORMATS[format]}), ${counted(leases.length - reserved, "lease")}: ${counts.join(", ")}`,
    ...skippedOf(result).map(({ address, mac, reason }) => `  ${address} (${mac}): ${reason}`),
    ...(leftOut.length === 0 ? [] : [`not taken, since nothing of the kind is kept here: ${leftOut.join(", ")}`]),
    ...reservationLines(result),
    "",
  ].join("\n");
}

/** Formats the result as one line of JSON. */
export function importAsJson(result: ImportResult): string {
  const { name, file, leases, reasons } = result;
  const { format, problems, beside } = file;
  const reservations = reservationsOf(result);
  const skipped = skippedOf(result, reservations.length);
  return formatJsonLine({
    file: name,
    format,
    read: leases.length - reservations.length,
    taken: leases.length - reservations.length - skipped.length,
    skipped,
    problems,
    reservations: reservations.map(({ key, address, hostName }, index) => ({
      key,
      address: formatIpv4(address),
      host_name: hostName ?? null,
      reason: reasons[index] ?? null,
    })),
    left_out: Object.fromEntries(beside?.leftOut ?? []),
  });
}

/** Returns the configuration lines that keep the reservations, ordered by address. */
function reservationLines(result: ImportResult): readonly string[] {
  const reservations = reservationsOf(result);
  if (reservations.length === 0) return [];
  const lines = reservations
    .map((reservation, index) => ({ ...reservation, outside: result.reasons[index] === OUTSIDE_NETWORKS }))
    .sort((one, other) => one.address - other.address)
    .map(({ key, address, hostName, outside }) => {
      const line = `${key} = ${[formatIpv4(address), ...(hostName === undefined ? [] : [hostName])].join(" ")}`;
      return outside ? `; ${line}` : line;
    });
  const count = `${reservations.length} ${reservations.length === 1 ? "reservation" : "reservations"}`;
  return [`${count} of its hosts, whose addresses nobody else gets; to keep them, add to the configuration:`].concat(
    "[static_dhcp]",
    lines,
  );
}

function reservationsOf({ file }: ImportResult): readonly ImportedReservation[] {
  return file.beside?.reservations ?? [];
}

/** @param start the index of the first lease to check */
function skippedOf({ leases, reasons }: ImportResult, start = 0): readonly Skipped[] {
  return leases
    .slice(start)
    .flatMap(({ address, mac }, index) => {
      const reason = reasons[start + index];
      return reason === undefined ? [] : [{ order: address, address: formatIpv4(address), mac, reason }];
    })
    .sort((one, other) => one.order - other.order)
    .map(({ address, mac, reason }) => ({ address, mac, reason }));
}
