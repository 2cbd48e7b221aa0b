import { clientIdFromOctets, type ClientId } from "../../machine/client-id.js";
import { UNKNOWN_MAC, type Mac } from "../../net/mac.js";
import type { Lease, LeaseState } from "../lease.js";
import {
  hasContent,
  ImportCollector,
  linesOf,
  readAddress,
  readHardwareAddress,
  readOctets,
  readSeconds,
  UNKNOWN_START,
  type Imported,
} from "./imported.js";

/** The columns that a table has at least. Newer versions of Kea have more. */
const NEEDED = ["address", "hwaddr", "client_id", "valid_lifetime", "expire"] as const;

/** The states here for the numbers of Kea. A lease that has expired, or was given back, counts as its last machine's. */
const STATES: ReadonlyMap<string, LeaseState> = new Map([
  ["0", "bound"],
  ["1", "declined"],
  ["2", "released"],
  ["3", "released"],
]);

/** The lifetime of a lease without an end, in seconds (RFC 2131 3.3). */
const INFINITE = 0xffffffff;

/** Whether a line is the header of Kea's table of DHCPv4 leases. */
export function isKeaHeader(line: string): boolean {
  const columns = columnsOf(line);
  return NEEDED.every((column) => columns.includes(column));
}

/**
 * Parses the lease file of Kea's DHCPv4 server (`memfile`, `kea-leases4.csv`). The file is a log: the last line of an
 * address counts. A lifetime of 0 marks a lease that its machine gave back.
 */
export function parseKeaLeases(text: string): Required<Imported> {
  const collector = new ImportCollector();
  const lines = linesOf(text);
  const head = Math.max(0, lines.findIndex(hasContent));
  const header = lines[head] ?? "";
  const columns = columnsOf(header);
  if (!isKeaHeader(header)) collector.refuse(head + 1, `the columns ${NEEDED.join(",")}`, header);
  for (const [index, line] of isKeaHeader(header) ? lines.slice(head + 1).entries() : []) {
    if (line.trim() !== "") takeLine(new Row(columns, line, head + index + 2, collector), collector);
  }
  return collector.resultWithBeside();
}

function columnsOf(line: string): readonly string[] {
  return line
    .trim()
    .split(",")
    .map((column) => column.trim().toLowerCase());
}

/** A line of the table. */
class Row {
  readonly #columns: readonly string[];
  readonly #line: string;
  readonly #cells: readonly string[];
  readonly #number: number;
  readonly #collector: ImportCollector;

  constructor(columns: readonly string[], line: string, number: number, collector: ImportCollector) {
    this.#columns = columns;
    this.#line = line;
    this.#cells = line.split(",");
    this.#number = number;
    this.#collector = collector;
  }

  /** Returns whether the line has a cell for each column; reports it where not. */
  get isWhole(): boolean {
    const { length } = this.#cells;
    if (length === this.#columns.length) return true;
    this.#collector.refuse(this.#number, `${this.#columns.length} cells, not ${length}`, this.#line);
    return false;
  }

  /** Returns the text of a cell; empty where the table lacks the column. */
  text(column: string): string {
    return unescape(this.#cells[this.#columns.indexOf(column)]?.trim() ?? "");
  }

  /** Reads a cell; reports it where `reader` returns undefined. */
  read<T>(column: string, expected: string, reader: (cell: string) => T | undefined): T | undefined {
    const cell = this.text(column);
    const value = reader(cell);
    if (value === undefined) this.#collector.refuse(this.#number, `${expected} as ${column}`, cell);
    return value;
  }

  /** Reports the line. */
  refuse(expected: string): void {
    this.#collector.refuse(this.#number, expected, this.#line);
  }
}

function takeLine(row: Row, collector: ImportCollector): void {
  const lease = row.isWhole ? readLease(row) : undefined;
  if (lease === undefined) return;
  if (row.text("user_context") !== "") collector.leaveOut("user_context");
  if (lease.state === "released" && lease.mac === UNKNOWN_MAC) {
    collector.forget(lease.address);
    collector.leaveOut("free lease of no machine");
  } else {
    collector.add(lease);
  }
}

function readLease(row: Row): Lease | undefined {
  const place = readPlace(row);
  const term = readTerm(row);
  if (place === undefined || term === undefined) return undefined;
  const { mac, clientId } = place;
  if (mac === UNKNOWN_MAC && clientId === "" && term.state === "bound") {
    row.refuse("a hwaddr or a client_id");
    return undefined;
  }
  const hostName = row.text("hostname").replace(/\.$/, "");
  return {
    address: place.address,
    key: clientId === "" ? mac : clientId,
    mac,
    ...term,
    hostName: hostName === "" ? undefined : hostName,
  };
}

/** Reads the address of a lease, and who has it. */
function readPlace(row: Row) {
  const address = row.read("address", "an IPv4 address that a machine can have", readAddress);
  const mac = row.read("hwaddr", "nothing or a hardware address", readMac);
  const clientId = row.read("client_id", "nothing or octets in hexadecimal", readIdentifier);
  return address === undefined || mac === undefined || clientId === undefined ? undefined : { address, mac, clientId };
}

/** Reads the state of a lease, and from when to when it is. */
function readTerm(row: Row): Pick<Lease, "state" | "starts" | "ends"> | undefined {
  const lifetime = row.read("valid_lifetime", "a number of seconds", readLifetime);
  const ends = row.read("expire", "seconds since 1970", readSeconds);
  const state = row.read("state", `a state (${[...STATES.keys()].join(", ")})`, readState);
  if (lifetime === undefined || ends === undefined || state === undefined) return undefined;
  return {
    state: state === "bound" && lifetime === 0 ? "released" : state,
    starts: Math.max(UNKNOWN_START, ends - lifetime * 1000),
    ends: lifetime === INFINITE ? Infinity : ends,
  };
}

function readMac(cell: string): Mac | undefined {
  return cell === "" ? UNKNOWN_MAC : readHardwareAddress(cell);
}

/** Reads a client identifier; empty where there is none, or one of fewer octets than RFC 2132 9.14 allows. */
function readIdentifier(cell: string): ClientId | "" | undefined {
  const octets = cell === "" ? Buffer.alloc(0) : readOctets(cell);
  return octets && (clientIdFromOctets(octets) ?? "");
}

function readLifetime(cell: string): number | undefined {
  return /^[0-9]{1,10}$/.test(cell) ? Number(cell) : undefined;
}

/** Reads a state; tables of old versions of Kea have none. */
function readState(cell: string): LeaseState | undefined {
  return cell === "" ? "bound" : STATES.get(cell);
}

/** Resolves the escapes of Kea, which writes a comma as `&#x2c`. */
function unescape(cell: string): string {
  return cell.replace(/&#x([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
