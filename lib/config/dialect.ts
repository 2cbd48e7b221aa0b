import type { Problem } from "./problem.js";

/** One `option = value` of a configuration file. */
export interface Entry {
  /** The option as it is written. */
  readonly option: string;
  /** Its value; the lines of a continued value are joined with a line feed. */
  readonly value: string;
  /** The line of the option, counted from 1. */
  readonly line: number;
}

/** One `[section]` of a configuration file with its entries in file order. */
export interface Section {
  readonly name: string;
  readonly line: number;
  readonly entries: readonly Entry[];
}

/** The sections of a text, and the problems in it. */
export interface Document {
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
  /** Warnings, a sentence each: entries that are valid but most likely not meant. */
  readonly warnings: readonly string[];
}

interface OpenEntry {
  readonly option: string;
  readonly line: number;
  readonly indent: number;
  readonly lines: string[];
}

interface OpenSection {
  readonly name: string;
  readonly line: number;
  readonly entries: OpenEntry[];
}

/** Pattern of a MAC address with colons: its first octets, or six and more, also misspelt; a bit count may follow. */
const MAC_WITH_COLONS = "(?:[0-9a-f]{2}:)*[0-9a-f]{2}(?:\\/[0-9]+)?|[0-9a-z]{1,2}(?::[0-9a-z]{1,2}){5,}(?:\\/[0-9]+)?";

/**
 * Pattern of an option whose name contains colons: a client identifier or a MAC address. After it, only `=`, or a colon
 * next to a blank, delimits: `61:00:11:22:33:44:55` is option 61 and its octets.
 */
const COLON_KEY = new RegExp(`^(id:[0-9a-f:-]+?(?=\\s*=)|${MAC_WITH_COLONS})(?:\\s*=|\\s+:|:(?=\\s|$))\\s*(.*)$`, "i");

/**
 * Reads the INI dialect of Python's configparser as PyBootd used it: `;` and `#` begin a comment only at the start of a
 * line, the first `=` or `:` delimits, and a line that is indented deeper than its option continues the value.
 *
 * Unlike configparser, it reads a MAC address with colons as one option. configparser ends the option at the first
 * colon, so PyBootd's manual allows only dashes; but most programs print MAC addresses with colons, and no file uses
 * them otherwise.
 *
 * The npm package `ini` reads another dialect (it cuts values at `;`, and knows neither continuation lines nor `:`) and
 * keeps no line numbers, which every message needs.
 */
export function readDocument(text: string): Document {
  const reader = new Reader();
  text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .forEach((line, index) => {
      reader.take(line, index + 1);
    });
  return reader.document();
}

class Reader {
  readonly #sections: OpenSection[] = [];
  readonly #problems: Problem[] = [];
  readonly #warnings: string[] = [];
  #section: OpenSection | undefined;
  #entry: OpenEntry | undefined;

  take(line: string, number: number): void {
    const text = line.trim();
    if (text === "") {
      this.#entry?.lines.push("");
    } else if (!text.startsWith(";") && !text.startsWith("#")) {
      this.#takeContent(line, text, number);
    }
  }

  document(): Document {
    const sections = this.#sections.map(({ name, line, entries }) => {
      const read = entries.map((entry) => ({
        option: entry.option,
        value: entry.lines.join("\n").trimEnd(),
        line: entry.line,
      }));
      return { name, line, entries: this.#withoutRepeated(name, read) };
    });
    const problems = this.#problems.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0));
    return { sections, problems, warnings: this.#warnings };
  }

  /**
   * Reports options that a section sets twice. With the same value that is only a warning, and the second entry is
   * dropped: PyBootd's first manual had such a sample.
   */
  #withoutRepeated(section: string, entries: readonly Entry[]): readonly Entry[] {
    const formers = new Map<string, Entry>();
    return entries.filter((entry) => {
      const { line, option, value } = entry;
      const former = formers.get(option.toLowerCase());
      if (former === undefined) {
        formers.set(option.toLowerCase(), entry);
        return true;
      }
      const got = `the first is at line ${former.line}`;
      if (former.value !== value) {
        this.#problems.push({ line, section, option, expected: "each option once in a section", got });
        return true;
      }
      this.#warnings.push(`[${section}] ${option}: it is there twice, at lines ${former.line} and ${line}`);
      return false;
    });
  }

  #takeContent(line: string, text: string, number: number): void {
    const indent = line.length - line.trimStart().length;
    if (this.#entry !== undefined && indent > this.#entry.indent) {
      this.#entry.lines.push(text);
      return;
    }
    this.#entry = undefined;
    const header = /^\[([^\]]+)\]/.exec(text)?.[1];
    if (header !== undefined) this.#openSection(header.trim(), number);
    else this.#openEntry(text, number, indent);
  }

  #openSection(name: string, line: number): void {
    const former = this.#sections.find((section) => section.name === name);
    if (former !== undefined) {
      const problem = {
        line,
        section: name,
        expected: "each section once",
        got: `the first is at line ${former.line}`,
      };
      this.#problems.push(problem);
    }
    this.#section = { name, line, entries: [] };
    this.#sections.push(this.#section);
  }

  #openEntry(text: string, line: number, indent: number): void {
    const parts = COLON_KEY.exec(text) ?? /^(.*?)\s*[=:]\s*(.*)$/.exec(text);
    const [, option = "", value = ""] = parts ?? [];
    const section = this.#section;
    if (parts === null || option === "") {
      this.#problems.push({ line, section: section?.name, expected: "`option = value`", got: JSON.stringify(text) });
      return;
    }
    if (section === undefined) {
      this.#problems.push({ line, option, expected: "a [section] before the first option", got: JSON.stringify(text) });
      return;
    }
    this.#entry = { option, line, indent, lines: [value] };
    section.entries.push(this.#entry);
  }
}
