import { formatIpv4 } from "../../net/ipv4.js";
import { NO_MAC, parseMac, type Mac } from "../../net/mac.js";
import { splitCells, writeCell } from "./csv-cells.js";
import {
  ImportCollector,
  LATEST,
  hasContent,
  linesOf,
  readAddress,
  readHardwareAddress,
  readIsoTime,
  type Imported,
} from "./imported.js";
import { isClientId } from "../../machine/lease-key.js";
import { parseClientId, type ClientId } from "../../machine/client-id.js";
import type { Lease, LeaseState } from "../lease.js";

const COLUMNS = ["address", "mac", "client_id", "state", "starts", "ends", "host_name"] as const;

/** The first line of a lease table. */
export const CSV_HEADER = COLUMNS.join(",");

const NEVER = "never";
const TIME = "a time as 2026-11-21T15:23:50Z";
const STATES: readonly LeaseState[] = ["bound", "released", "declined"];

/**
 * Formats leases as CSV (RFC 4180, with line feeds), which {@link parseCsv} reads back unchanged. No cell can act as a
 * formula in a spreadsheet, whatever names machines have. A lease that ends after the year 9999 is written as endless.
 *
 * @throws {RangeError} where a time is invalid
 */
export function formatCsv(leases: Iterable<Lease>): string {
  const lines = [CSV_HEADER];
  for (const { address, mac, key, state, starts, ends, hostName } of leases) {
    const clientId = isClientId(key) ? key : undefined;
    const cells = [formatIpv4(address), mac, clientId, state, formatTime(starts), formatTime(ends), hostName];
    lines.push(cells.map(writeCell).join(","));
  }
  return `${lines.join("\n")}\n`;
}

/**
 * Parses the output of {@link formatCsv}, even edited by hand or saved by a spreadsheet. The last line of an address
 * counts.
 */
export function parseCsv(text: string): Imported {
  const collector = new ImportCollector();
  const seen = new Map<number, number>();
  const lines = linesOf(text);
  const head = Math.max(0, lines.findIndex(hasContent));
  if (!isCsvHeader(lines[head] ?? "")) {
    collector.refuse(head + 1, `the columns ${CSV_HEADER}`, lines[head] ?? "");
    return collector.result();
  }
  lines.slice(head + 1).forEach((line, index) => {
    const number = head + index + 2;
    const lease = line.trim() === "" ? undefined : readLine(line, number, collector);
    if (lease === undefined) return;
    const former = seen.get(lease.address);
    if (former !== undefined) collector.complain(number, "each address once", `the first is at line ${former}`);
    seen.set(lease.address, former ?? number);
    collector.add(lease);
  });
  return collector.result();
}

/** Whether a line is the header of a lease table. */
export function isCsvHeader(line: string): boolean {
  const cells = splitCells(line)?.map((cell) => cell?.trim().toLowerCase());
  return cells?.join(",") === CSV_HEADER;
}

function readLine(line: string, number: number, collector: ImportCollector): Lease | undefined {
  const cells = splitCells(line);
  if (cells === undefined) {
    collector.refuse(number, 'cells that begin with a " to end with one, on the same line', line);
    return undefined;
  }
  if (cells.length !== COLUMNS.length) {
    collector.refuse(number, `${COLUMNS.length} cells, not ${cells.length}`, line);
    return undefined;
  }
  function read<T>(column: (typeof COLUMNS)[number], expected: string, reader: (cell: string) => T | undefined) {
    const cell = cells?.[COLUMNS.indexOf(column)]?.trim() ?? "";
    const value = reader(cell);
    if (value === undefined) collector.refuse(number, `${expected} as ${column}`, cell);
    return value;
  }
  const address = read("address", "an IPv4 address that a machine can have", readAddress);
  const mac = read("mac", "a hardware address", readMac);
  const clientId = read("client_id", "nothing or 2 to 255 octets in hexadecimal", readIdentifier);
  const state = read("state", STATES.join(", "), (cell) => STATES.find((known) => known === cell));
  const starts = read("starts", TIME, readIsoTime);
  const ends = read("ends", `${TIME} or ${NEVER}`, (cell) => (cell === NEVER ? Infinity : readIsoTime(cell)));
  if (address === undefined || mac === undefined || clientId === undefined) return undefined;
  if (state === undefined || starts === undefined || ends === undefined) return undefined;
  if (mac === NO_MAC && clientId === "") {
    collector.refuse(number, "a mac or a client_id", line);
    return undefined;
  }
  return { address, key: clientId === "" ? mac : clientId, mac, state, starts, ends, hostName: cells.at(-1) };
}

function readMac(cell: string): Mac | undefined {
  return cell === "" ? NO_MAC : (parseMac(cell) ?? readHardwareAddress(cell));
}

function readIdentifier(cell: string): ClientId | "" | undefined {
  return cell === "" ? cell : parseClientId(cell);
}

function formatTime(time: number): string {
  return time > LATEST ? NEVER : new Date(time).toISOString();
}
