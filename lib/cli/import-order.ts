import { systemClock } from "../common/clock.js";
import { UNKNOWN_START, type ImportedReservation } from "../leases/import/imported.js";
import type { Lease } from "../leases/lease.js";
import { UNKNOWN_MAC } from "../net/mac.js";

/** A lease to import, and the reservation that it stands for, if any. */
export interface ImportEntry {
  readonly lease: Lease;
  readonly reservation: ImportedReservation | undefined;
}

/** Longest host name in octets (RFC 1035 2.3.4); longer ones are left out. */
const LONGEST_NAME = 255;

/**
 * Returns what to import of a file. The order decides, because of several leases of one machine or address the first is
 * taken: reservations, then leases, then reservations that a running lease of the file contradicts. A reservation
 * becomes a lease without end, which holds its address until the operator adds it to the configuration.
 */
export function importOrder(
  reservations: readonly ImportedReservation[],
  leases: readonly Lease[],
  now = systemClock.date(),
): readonly ImportEntry[] {
  const running = leases.filter(({ state, ends }) => state === "bound" && ends > now);
  const byAddress = new Map(running.map((lease) => [lease.address, lease]));
  const byMachine = new Map(running.flatMap((lease) => namesOf(lease).map((name) => [name, lease] as const)));
  const isContradicted = (reservation: ImportedReservation): boolean => {
    const there = byAddress.get(reservation.address);
    const elsewhere = namesOf(reservation).flatMap((name) => byMachine.get(name) ?? []);
    return there === undefined ? elsewhere.length > 0 : !elsewhere.includes(there);
  };
  const entries = reservations.map((reservation) => ({ reservation, lease: leaseFor(reservation) }));
  return [
    ...entries.filter(({ reservation }) => !isContradicted(reservation)),
    ...latestFirst(leases).map((lease) => ({ reservation: undefined, lease })),
    ...entries.filter(({ reservation }) => isContradicted(reservation)),
  ];
}

/** Returns the names by which a lease and a reservation can be seen to be of the same machine. */
function namesOf({ key, mac }: Pick<Lease, "key" | "mac">): readonly string[] {
  return mac === UNKNOWN_MAC ? [key] : [key, mac];
}

function leaseFor({ address, key, mac, hostName }: ImportedReservation): Lease {
  return { address, key, mac, state: "bound", starts: UNKNOWN_START, ends: Infinity, hostName };
}

/** Sorts leases so that, of several for one machine, the best comes first: a bound lease, then the latest end. */
function latestFirst(leases: readonly Lease[]): readonly Lease[] {
  const rank = ({ state }: Lease): number => (state === "bound" ? 0 : 1);
  return leases
    .map((lease) =>
      Buffer.byteLength(lease.hostName ?? "") > LONGEST_NAME ? { ...lease, hostName: undefined } : lease,
    )
    .sort((one, other) => rank(one) - rank(other) || (one.ends === other.ends ? 0 : other.ends - one.ends));
}
