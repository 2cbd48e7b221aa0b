import type { ImportedFile, LeaseFormat } from "../leases/import/import.js";
import type { ImportedReservation } from "../leases/import/imported.js";
import { OUTSIDE_NETWORKS } from "../leases/stored-lease-admin.js";
import type { Lease } from "../leases/lease.js";
import { formatJsonLine } from "../common/text-table.js";
import { counted } from "../common/counted.js";
import { formatIpv4 } from "../net/ipv4.js";

const FORMATS: Readonly<Record<LeaseFormat, string>> = { csv: "CSV", dnsmasq: "dnsmasq", "isc-dhcpd": "ISC dhcpd" };

/** What became of a file of leases. */
export interface ImportResult {
  /** The file as the user named it. */
  readonly name: string;
  readonly file: ImportedFile;
  /** What was to be taken: first a lease for each reservation of the file, then its leases. */
  readonly leases: readonly Lease[];
  /** For each of them why it was not taken; undefined where it was. */
  readonly reasons: readonly (string | undefined)[];
}

/** A lease that was not taken, and why. */
interface Skipped {
  readonly address: string;
  readonly mac: string;
  readonly reason: string;
}

/**
 * Tells people what was taken and what was not, and how to keep the reservations; every statement of the file is in one
 * of the counts.
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

/** The same as one JSON object on a line. */
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

/** The lines that make the reservations last, in their order by address. */
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

/** @param start the first to look at */
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
