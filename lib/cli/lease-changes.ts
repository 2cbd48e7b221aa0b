import { readFileSync } from "node:fs";
import { importLeases } from "../leases/import/import.js";
import { readAddress, UNKNOWN_START, type ImportedReservation } from "../leases/import/imported.js";
import { formatJsonLine } from "../common/text-table.js";
import type { Lease } from "../leases/lease.js";
import { asError } from "../common/error.js";
import { importAsJson, importAsText } from "./import-report.js";
import { expectWords, refuseStates, type LeaseRequest } from "./lease-request.js";
import { openToWrite } from "./open-lease-admin.js";
import { CommandError, ExitCode, UsageError, type Terminal } from "./terminal.js";

/** The name that means standard input. */
const STDIN = "-";

/** Longest host name in octets (RFC 1035 2.3.4); longer ones are left out. */
const LONGEST_NAME = 255;

/** Runs `pybootd leases release IP`. */
export async function release(request: LeaseRequest, terminal: Terminal): Promise<number> {
  expectWords(request, ["IP"]);
  refuseStates(request);
  const [word = ""] = request.words;
  const address = readAddress(word);
  if (address === undefined) throw new UsageError(`expected an IPv4 address to release, got ${word}`);
  const admin = await openToWrite(request.config, terminal);
  try {
    const released = await admin.release(address);
    if (typeof released === "string") throw new CommandError(released);
    const { mac } = released;
    terminal.out(request.json ? formatJsonLine({ released: word, mac }) : `released ${word}, which ${mac} had\n`);
    return ExitCode.ok;
  } finally {
    await admin.close();
  }
}

/** Runs `pybootd leases import FROM`. */
export async function importFile(request: LeaseRequest, terminal: Terminal): Promise<number> {
  expectWords(request, ["FROM, a file or -"]);
  refuseStates(request);
  const [name = ""] = request.words;
  const file = importLeases(readText(name));
  for (const { line, expected, got } of file.problems)
    terminal.err(`${name}:${line}: expected ${expected}, got ${got}\n`);
  if (file.format === undefined) return ExitCode.error;
  if (file.beside?.broken === true) throw new CommandError(`nothing was imported: ${name} is damaged`);
  const reserved = (file.beside?.reservations ?? []).map(leaseFor);
  const leases = [...reserved, ...latestFirst(file.leases)];
  const admin = await openToWrite(request.config, terminal);
  try {
    const result = { name, file, leases, reasons: await admin.import(leases) };
    terminal.out(request.json ? importAsJson(result) : importAsText(result));
  } finally {
    await admin.close();
  }
  return file.problems.length > 0 ? ExitCode.error : ExitCode.ok;
}

/** Returns an infinite lease that holds a reservation's address until the operator adds it to the configuration. */
function leaseFor({ address, key, mac, hostName }: ImportedReservation): Lease {
  return { address, key, mac, state: "bound", starts: UNKNOWN_START, ends: Infinity, hostName };
}

function readText(name: string): string {
  try {
    return readFileSync(name === STDIN ? 0 : name, "utf8");
  } catch (error) {
    throw new CommandError(`${name} cannot be read: ${asError(error).message}`);
  }
}

/**
 * Sorts leases so that, of several for one machine, the best comes first: a bound lease before others, then the latest
 * end. The import takes the first of them.
 */
function latestFirst(leases: readonly Lease[]): readonly Lease[] {
  const rank = ({ state }: Lease): number => (state === "bound" ? 0 : 1);
  return leases
    .map((lease) =>
      Buffer.byteLength(lease.hostName ?? "") > LONGEST_NAME ? { ...lease, hostName: undefined } : lease,
    )
    .sort((one, other) => rank(one) - rank(other) || (one.ends === other.ends ? 0 : other.ends - one.ends));
}
