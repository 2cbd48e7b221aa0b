import type { LeaseKey } from "../../machine/lease-key.js";
import { isLoopback, isUnicast, parseIpv4, type Ipv4 } from "../../net/ipv4.js";
import { macFromBytes, type Mac } from "../../net/mac.js";
import type { Lease } from "../lease.js";
import { escapeUnprintable } from "../../common/printable.js";

/** A part of a text that could not be read. */
export interface ImportProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly expected: string;
  readonly got: string;
}

/** An address that another server reserved for a machine. */
export interface ImportedReservation {
  readonly address: Ipv4;
  /** The hardware address of the machine, else its client identifier. */
  readonly key: LeaseKey;
  /** {@link UNKNOWN_MAC} where only a client identifier is known. */
  readonly mac: Mac;
  readonly hostName: string | undefined;
}

/** The contents of another server's file beside leases. */
export interface ImportedBeside {
  readonly reservations: readonly ImportedReservation[];
  /** The number of statements or lines left out, by kind, since pybootd keeps nothing of that kind. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** Whether a quoted text does not end: the rest is then ambiguous, and nothing must be imported. */
  readonly broken: boolean;
}

/** The leases in a text, one for each address, and the problems found. */
export interface Imported {
  readonly leases: readonly Lease[];
  readonly problems: readonly ImportProblem[];
  /** Absent for formats that hold only leases. */
  readonly beside?: ImportedBeside;
}

/** The start of a lease where the format does not tell it. */
export const UNKNOWN_START = 0;

/** The latest time that the formats can express, in milliseconds since 1970. */
export const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const LONGEST_HARDWARE_ADDRESS = 16;
const LONGEST_QUOTE = 60;

/** The kind of entries left out because a later one in the same text replaces them. */
const EARLIER = "earlier entry of a later one";

/** Collects what a parser reads: the last lease of each address, and the problems. */
export class ImportCollector {
  readonly #leases = new Map<Ipv4, Lease>();
  readonly #reservations = new Map<string, readonly ImportedReservation[]>();
  readonly #leftOut = new Map<string, number>();
  readonly #problems: ImportProblem[] = [];
  #broken = false;

  /** Adds a lease; replaces an earlier one of its address. */
  add(lease: Lease): void {
    this.#replaceLease(lease.address);
    this.#leases.set(lease.address, lease);
  }

  /** Removes any lease of an address: no machine holds it. */
  forget(address: Ipv4): void {
    this.#replaceLease(address);
  }

  /** Sets the reservations of a named host, possibly none; replaces earlier ones. */
  reserve(name: string, reservations: readonly ImportedReservation[]): void {
    if (this.#reservations.has(name)) this.leaveOut(EARLIER);
    this.#reservations.set(name, reservations);
  }

  /** Counts an entry that is left out. */
  leaveOut(kind: string): void {
    this.#leftOut.set(kind, (this.#leftOut.get(kind) ?? 0) + 1);
  }

  /**
   * Reports a quoted text that does not end on its line, unless its line already has a problem, and marks the text
   * broken.
   */
  break(line: number, got: string): void {
    if (this.#problems.at(-1)?.line !== line) this.refuse(line, "a quoted text that ends on its line", got);
    this.#broken = true;
  }

  /** Reports a problem. @param got the text itself; it is quoted and cut here */
  refuse(line: number, expected: string, got: string): void {
    this.#problems.push({ line, expected, got: quote(got) });
  }

  /** Reports a problem. @param got a description of what was found */
  complain(line: number, expected: string, got: string): void {
    this.#problems.push({ line, expected, got });
  }

  result(): Imported {
    return { leases: [...this.#leases.values()], problems: this.#problems };
  }

  /** Returns the result for a format that holds other things too. */
  resultWithBeside(): Required<Imported> {
    const reservations = [...this.#reservations.values()].flat();
    return { ...this.result(), beside: { reservations, leftOut: this.#leftOut, broken: this.#broken } };
  }

  #replaceLease(address: Ipv4): void {
    if (this.#leases.delete(address)) this.leaveOut(EARLIER);
  }
}

/** Splits a text into lines, without a byte order mark at its start. */
export function linesOf(text: string): readonly string[] {
  return text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
}

/** Whether a line is neither empty nor a comment. */
export function hasContent(line: string): boolean {
  const content = line.trim();
  return content !== "" && !content.startsWith("#");
}

/** Reads an address that a single machine can have; loopback counts, since a host may serve itself. */
export function readAddress(text: string): Ipv4 | undefined {
  const address = parseIpv4(text);
  return address !== undefined && (isUnicast(address) || isLoopback(address)) ? address : undefined;
}

/** Reads octets in hexadecimal with colons between them, such as `52:54:0:12:34:56`. */
export function readOctets(text: string): Buffer | undefined {
  const parts = text.split(":");
  if (!parts.every((part) => /^[0-9a-f]{1,2}$/i.test(part))) return undefined;
  return Buffer.from(parts.map((part) => part.padStart(2, "0")).join(""), "hex");
}

/** Reads a hardware address of as many octets as a packet can carry. */
export function readHardwareAddress(text: string): Mac | undefined {
  const octets = readOctets(text);
  return octets === undefined || octets.length > LONGEST_HARDWARE_ADDRESS ? undefined : macFromBytes(octets);
}

/** Reads decimal seconds since 1970; returns milliseconds. */
export function readSeconds(text: string): number | undefined {
  if (!/^[0-9]{1,15}$/.test(text)) return undefined;
  const time = Number(text) * 1000;
  return time <= LATEST ? time : undefined;
}

/** Reads a time such as `2026-11-21T15:23:50Z`, with or without fractions of a second; not before 1970. */
export function readIsoTime(text: string): number | undefined {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,3})?Z$/.test(text)) return undefined;
  const time = Date.parse(text);
  if (!(time >= 0)) return undefined;
  // Date.parse reads 30 February as 2 March.
  return new Date(time).toISOString().startsWith(text.slice(0, 19)) ? time : undefined;
}

function quote(text: string): string {
  const cut = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return escapeUnprintable(JSON.stringify(cut));
}
