import type { LeaseKey } from "../../machine/lease-key.js";
import { isLoopback, isUnicast, parseIpv4, type Ipv4 } from "../../net/ipv4.js";
import { macFromBytes, type Mac } from "../../net/mac.js";
import type { Lease } from "../lease.js";
import { escapeUnprintable } from "../../common/printable.js";

/** One thing in a text that could not be read. */
export interface ImportProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly expected: string;
  readonly got: string;
}

/** An address that another server kept for one machine. */
export interface ImportedReservation {
  readonly address: Ipv4;
  /** What the machine is known by: its hardware address, else its client identifier. */
  readonly key: LeaseKey;
  /** {@link UNKNOWN_MAC} where only a client identifier is known. */
  readonly mac: Mac;
  readonly hostName: string | undefined;
}

/** What the file of another server holds beside leases. */
export interface ImportedBeside {
  readonly reservations: readonly ImportedReservation[];
  /** How many statements or lines of each kind were left out, since we keep nothing of that kind. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** Whether a quoted text does not end, so that nobody can tell what the rest means: nothing is to be taken then. */
  readonly broken: boolean;
}

/** What a text told of leases, one for each address, and what in it could not be read. */
export interface Imported {
  readonly leases: readonly Lease[];
  readonly problems: readonly ImportProblem[];
  /** Absent where the format holds nothing but leases. */
  readonly beside?: ImportedBeside;
}

/** Where a format does not tell when a lease began. */
export const UNKNOWN_START = 0;

/** The last time that texts can tell, in milliseconds since 1970. */
export const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const LONGEST_HARDWARE_ADDRESS = 16;
const LONGEST_QUOTE = 60;

/** The kind of what is left out since the same text says something else later. */
const EARLIER = "earlier entry of a later one";

/** Gathers what a parser reads, the last lease of each address, and its problems. */
export class ImportCollector {
  readonly #leases = new Map<Ipv4, Lease>();
  readonly #reservations = new Map<string, readonly ImportedReservation[]>();
  readonly #leftOut = new Map<string, number>();
  readonly #problems: ImportProblem[] = [];
  #broken = false;

  /** Takes the place of what was known of the address. */
  add(lease: Lease): void {
    this.#replaceLease(lease.address);
    this.#leases.set(lease.address, lease);
  }

  /** Nobody holds the address, whatever was said of it before. */
  forget(address: Ipv4): void {
    this.#replaceLease(address);
  }

  /** Takes the place of what was known by the name; there may be nothing. */
  reserve(name: string, reservations: readonly ImportedReservation[]): void {
    if (this.#reservations.has(name)) this.leaveOut(EARLIER);
    this.#reservations.set(name, reservations);
  }

  /** Counts what we keep nothing of. */
  leaveOut(kind: string): void {
    this.#leftOut.set(kind, (this.#leftOut.get(kind) ?? 0) + 1);
  }

  /** A quoted text that does not end on its line, with text behind it; its statement may have been refused for that. */
  break(line: number, got: string): void {
    if (this.#problems.at(-1)?.line !== line) this.refuse(line, "a quoted text that ends on its line", got);
    this.#broken = true;
  }

  /** @param got the text itself; it is quoted and cut here */
  refuse(line: number, expected: string, got: string): void {
    this.#problems.push({ line, expected, got: quote(got) });
  }

  /** @param got a phrase of ours */
  complain(line: number, expected: string, got: string): void {
    this.#problems.push({ line, expected, got });
  }

  result(): Imported {
    return { leases: [...this.#leases.values()], problems: this.#problems };
  }

  /** The same of a format that holds other things too. */
  resultWithBeside(): Required<Imported> {
    const reservations = [...this.#reservations.values()].flat();
    return { ...this.result(), beside: { reservations, leftOut: this.#leftOut, broken: this.#broken } };
  }

  #replaceLease(address: Ipv4): void {
    if (this.#leases.delete(address)) this.leaveOut(EARLIER);
  }
}

/** The lines of a text; the sign of byte order that some editors put before it is none of the first. */
export function linesOf(text: string): readonly string[] {
  return text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
}

/** Whether a line is neither empty nor a comment. */
export function hasContent(line: string): boolean {
  const content = line.trim();
  return content !== "" && !content.startsWith("#");
}

/** An address that one machine can hold; on loopback that is this one, which may serve itself. */
export function readAddress(text: string): Ipv4 | undefined {
  const address = parseIpv4(text);
  return address !== undefined && (isUnicast(address) || isLoopback(address)) ? address : undefined;
}

/** Octets in hexadecimal with colons between them, `52:54:0:12:34:56`. */
export function readOctets(text: string): Buffer | undefined {
  const parts = text.split(":");
  if (!parts.every((part) => /^[0-9a-f]{1,2}$/i.test(part))) return undefined;
  return Buffer.from(parts.map((part) => part.padStart(2, "0")).join(""), "hex");
}

/** A hardware address of as many octets as a packet can carry. */
export function readHardwareAddress(text: string): Mac | undefined {
  const octets = readOctets(text);
  return octets === undefined || octets.length > LONGEST_HARDWARE_ADDRESS ? undefined : macFromBytes(octets);
}

/** Seconds since 1970 in decimal digits, as milliseconds. */
export function readSeconds(text: string): number | undefined {
  if (!/^[0-9]{1,15}$/.test(text)) return undefined;
  const time = Number(text) * 1000;
  return time <= LATEST ? time : undefined;
}

/** `2026-11-21T15:23:50Z`, also with parts of a second; nothing before 1970. */
export function readIsoTime(text: string): number | undefined {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,3})?Z$/.test(text)) return undefined;
  const time = Date.parse(text);
  if (!(time >= 0)) return undefined;
  // Date.parse takes the 30th of February for the 2nd of March.
  return new Date(time).toISOString().startsWith(text.slice(0, 19)) ? time : undefined;
}

function quote(text: string): string {
  const cut = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return escapeUnprintable(JSON.stringify(cut));
}
