import { isUtf8 } from "node:buffer";
import type { Mac } from "../../net/mac.js";
import { readHardwareAddress, readOctets, type ImportCollector } from "./imported.js";
import type { Token } from "./isc-tokens.js";

/** Reads the values of the statements of one entry of an ISC file, and reports those that it cannot read. */
export class IscValues {
  readonly #collector: ImportCollector;
  #readable = true;

  constructor(collector: ImportCollector) {
    this.#collector = collector;
  }

  /** Whether all values so far could be read. */
  get readable(): boolean {
    return this.#readable;
  }

  /**
   * Reads the value of a statement.
   *
   * @param keyword the first word of the statement
   * @param rest the words behind it, without the semicolon
   * @param expected what a value looks like, for the report
   * @param reader returns undefined for a value that it cannot read
   */
  read<T>(
    keyword: Token,
    rest: readonly Token[],
    expected: string,
    reader: (rest: readonly Token[]) => T | undefined,
  ): T | undefined {
    const value = reader(rest);
    if (value === undefined) {
      this.#readable = false;
      this.#collector.refuse(keyword.line, expected, [keyword, ...rest].map(({ text }) => text).join(" "));
    }
    return value;
  }
}

/**
 * Returns the kind that a statement is counted as: its first word, or `next binding state` and `rewind binding state`.
 */
export function kindOf({ text }: Token): string {
  return text === "next" || text === "rewind" ? `${text} binding state` : text;
}

/** Reads a type and an address, such as `ethernet 52:54:00:12:34:56`. */
export function readHardware([, address]: readonly Token[]): Mac | undefined {
  return address === undefined ? undefined : readHardwareAddress(address.text);
}

/** Reads a client identifier, quoted or in hexadecimal with colons. */
export function readUid([uid]: readonly Token[]): Buffer | undefined {
  return uid?.kind === "quoted" ? Buffer.from(uid.text, "latin1") : readOctets(uid?.text ?? "");
}

/** Reads a host name: UTF-8 where valid, else Latin-1. */
export function readHostName([name]: readonly Token[]): string | undefined {
  if (name?.kind !== "quoted") return undefined;
  const octets = Buffer.from(name.text, "latin1");
  return octets.toString(isUtf8(octets) ? "utf8" : "latin1");
}
