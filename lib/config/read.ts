import { dirname } from "node:path";
import type { Document, Entry, Section } from "./dialect.js";
import { nearestName } from "../common/nearest.js";
import type { Problem } from "./problem.js";
import type { FamilyMember, FamilySection, OptionSpec, Schema, TableEntry, TableSection, ValuesOf } from "./spec.js";
import type { Codec, ValueContext } from "./values.js";

type AnySection = Schema[string];
type Options = Readonly<Record<string, OptionSpec<unknown>>>;

/** Pattern of a value and the comment that Python 2 saw behind it; used where the whole text is not a valid value. */
const COMMENT_BEHIND = /^(.*?\S)\s+(;.*)$/;

/** The values of some sections of a document, and their lines. */
export interface ReadSections<Values> {
  readonly settings: Values;
  /** Returns the line of an option, or of the section if none is named; undefined where the file does not have it. */
  readonly lineOf: (section: keyof Values & string, option?: string) => number | undefined;
}

/** The result of reading a document by a schema. */
export interface Reading<S extends Schema> extends ReadSections<ValuesOf<S>> {
  /** The problems; if there are any, the settings are not usable. */
  readonly problems: readonly Problem[];
  /** Warnings, a sentence each, such as about entries that are ignored. */
  readonly warnings: readonly string[];
}

/**
 * Reads a document by the schema: checks that every section and option is known and every value is of its type, and
 * fills in defaults.
 *
 * @param schema all known sections
 * @param file the path of the configuration file; relative paths begin at its folder
 */
export function readSettings<S extends Schema>(schema: S, document: Document, file: string): Reading<S> {
  const reader = new SettingsReader(Object.keys(schema), { directory: dirname(file) });
  const named = new Map<string, Section>();
  const families = new Map<string, Section[]>();
  for (const section of document.sections) {
    const family = knownFamily(schema, section.name);
    if (family !== undefined) {
      families.set(family, [...(families.get(family) ?? []), section]);
      continue;
    }
    const name = knownSection(schema, section.name);
    if (name === undefined) {
      reader.unknownSection(section);
      continue;
    }
    const own = document.sections.find((other) => other.name === name);
    if (own !== undefined && section.name !== name) {
      reader.ignore(`[${section.name}]`, `[${name}]`, own.line);
      continue;
    }
    const former = named.get(name);
    // Checks both copies of a section that appears twice, so that all errors show at once.
    named.set(name, former === undefined ? section : { ...former, entries: [...former.entries, ...section.entries] });
  }
  const settings: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries<AnySection>(schema)) {
    settings[name] =
      spec.kind === "family"
        ? (families.get(name) ?? []).map((section) => reader.member(name, spec, section))
        : reader.section(name, spec, named.get(name));
  }
  return {
    // The loop goes through the schema, section by section, so the values have the schema's types.
    settings: settings as ValuesOf<S>,
    problems: [...document.problems, ...reader.problems],
    warnings: [...document.warnings, ...reader.warnings],
    lineOf: (section, option) => lineOf(schema[section], named.get(section), option),
  };
}

class SettingsReader {
  readonly problems: Problem[] = [];
  readonly warnings: string[] = [];
  readonly #sections: readonly string[];
  readonly #context: ValueContext;

  /** @param sections the names of all known sections */
  constructor(sections: readonly string[], context: ValueContext) {
    this.#sections = sections;
    this.#context = context;
  }

  unknownSection(section: Section): void {
    const near = nearestName(section.name, this.#sections);
    this.problems.push({
      line: section.line,
      section: section.name,
      expected: "a known section",
      got: `[${section.name}]`,
      hint: near === undefined ? `known: ${this.#sections.join(", ")}` : `did you mean [${near}]?`,
    });
  }

  /**
   * Warns that a section or option is ignored, since the file also has it under the name that counts. PyBootd read one
   * name and did not look at others, so files exist that have both.
   */
  ignore(what: string, counts: string, line: number): void {
    this.warnings.push(`${what}: it is ignored, since ${counts} at line ${line} counts`);
  }

  section(name: string, spec: Exclude<AnySection, { kind: "family" }>, section: Section | undefined): unknown {
    return spec.kind === "table" ? this.#table(name, spec, section) : this.#options(name, spec.options, section);
  }

  member(
    family: string,
    { options, further }: FamilySection<Options, unknown, unknown>,
    section: Section,
  ): FamilyMember<unknown, unknown, unknown> {
    const name = section.name.slice(family.length).trim();
    const lines = section.entries.map(({ option, line }) => [option.toLowerCase(), line] as const);
    const ofTable = section.entries.filter(
      ({ option }) =>
        knownOption(options, option) === undefined && further?.key.parse(option, this.#context) !== undefined,
    );
    const own = { ...section, entries: section.entries.filter((entry) => !ofTable.includes(entry)) };
    return {
      name,
      line: section.line,
      lines: Object.fromEntries(lines),
      values: this.#options(section.name, options, own, further?.key),
      further: further === undefined ? [] : this.#table(section.name, further, { ...section, entries: ofTable }),
    };
  }

  /** @param further the codec of other names that the section may have lines of */
  #options(name: string, options: Options, section: Section | undefined, further?: Codec<unknown>): unknown {
    const named = new Map<string, Entry>();
    const entries = section?.entries ?? [];
    for (const entry of entries) {
      const known = knownOption(options, entry.option);
      const own = entries.find(({ option }) => option.toLowerCase() === known);
      if (known === undefined) this.#unknownOption(name, options, entry, further);
      else if (own === undefined || entry.option.toLowerCase() === known) this.#once(name, known, entry, named);
      else this.ignore(`[${name}] ${entry.option}`, known, own.line);
    }
    const values = Object.entries(options).map(([option, optionSpec]) => [
      option,
      this.#value(name, option, optionSpec, named.get(option)),
    ]);
    return Object.fromEntries(values);
  }

  #table(
    name: string,
    spec: TableSection<unknown, unknown>,
    section: Section | undefined,
  ): readonly TableEntry<unknown, unknown>[] {
    const named = new Map<string, Entry>();
    return (section?.entries ?? []).flatMap((entry): TableEntry<unknown, unknown>[] => {
      const key = this.#parse(name, entry, spec.key, entry.option);
      const codec = key === undefined ? spec.value : (spec.valueFor?.(key) ?? spec.value);
      const value = this.#parse(name, entry, codec, entry.value);
      if (key === undefined || value === undefined) return [];
      this.#once(name, identityOf(key), entry, named);
      return [{ key, value, line: entry.line }];
    });
  }

  /** Reports a key that appears twice in two spellings; the reader of the text has reported those in one spelling. */
  #once(section: string, identity: string, entry: Entry, named: Map<string, Entry>): void {
    const former = named.get(identity);
    if (former === undefined) {
      named.set(identity, entry);
      return;
    }
    const { line, option } = entry;
    if (former.option.toLowerCase() === option.toLowerCase()) return;
    const got = `the first is at line ${former.line}, as ${former.option}`;
    this.problems.push({ line, section, option, expected: "each option once in a section", got });
  }

  #value(section: string, option: string, spec: OptionSpec<unknown>, entry: Entry | undefined): unknown {
    const empty = entry?.value === "" && spec.mayBeEmpty;
    if (empty) this.warnings.push(`[${section}] ${option}: it has no value, which is as if it were not there`);
    else if (entry !== undefined) return this.#parse(section, { ...entry, option }, spec.codec, entry.value);
    return spec.fallback === undefined ? undefined : spec.codec.parse(spec.fallback, this.#context);
  }

  #parse<T>(section: string, entry: Entry, codec: Codec<T>, text: string): T | undefined {
    const whole = codec.parse(text, this.#context);
    const [, cut, comment] = COMMENT_BEHIND.exec(text === entry.value ? text : "") ?? [];
    if (typeof whole === "string" && comment !== undefined)
      this.warnings.push(
        `[${section}] ${entry.option}: ${comment} is part of its value; a comment is a line of its own`,
      );
    const value = whole ?? (cut === undefined ? undefined : codec.parse(cut, this.#context));
    if (value === undefined) {
      const got = text === "" ? "nothing" : JSON.stringify(codec.shown?.(text) ?? text);
      const { expected } = codec;
      this.problems.push({ line: entry.line, section, option: entry.option, expected, got, hint: codec.hint?.(text) });
    }
    return value;
  }

  #unknownOption(section: string, options: Options, entry: Entry, further: Codec<unknown> | undefined): void {
    const near = nearestName(entry.option, Object.keys(options));
    this.problems.push({
      line: entry.line,
      section,
      option: entry.option,
      expected: further === undefined ? "a known option" : `a known option, or ${further.expected}`,
      got: JSON.stringify(entry.option),
      hint:
        near === undefined
          ? (further?.hint?.(entry.option) ?? `known: ${Object.keys(options).join(", ")}`)
          : `did you mean ${near}?`,
    });
  }
}

/** Returns the same text for keys that mean the same. */
function identityOf(key: unknown): string {
  return JSON.stringify(key, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

function knownSection(schema: Schema, name: string): string | undefined {
  return Object.entries<AnySection>(schema).find(
    ([known, spec]) => spec.kind !== "family" && (known === name || spec.aliases.includes(name)),
  )?.[0];
}

/** Returns the family of a section such as `[subnet lab]`. */
function knownFamily(schema: Schema, name: string): string | undefined {
  const [first = "", second] = name.split(/\s+/);
  return second !== undefined && schema[first]?.kind === "family" ? first : undefined;
}

function knownOption(options: Options, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(options).find(([known, spec]) => known === wanted || spec.aliases.includes(wanted))?.[0];
}

function lineOf(
  spec: AnySection | undefined,
  section: Section | undefined,
  option: string | undefined,
): number | undefined {
  if (option === undefined) return section?.line;
  const aliases = spec?.kind === "options" ? (spec.options[option]?.aliases ?? []) : [];
  const lines = [option, ...aliases].map(
    (known) => section?.entries.find((entry) => entry.option.toLowerCase() === known)?.line,
  );
  return lines.find((line) => line !== undefined);
}
