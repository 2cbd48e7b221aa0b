import { dirname } from "node:path";
import type { Document, Entry, Section } from "./dialect.js";
import { nearestName } from "../common/nearest.js";
import type { Problem } from "./problem.js";
import type { FamilyMember, FamilySection, OptionSpec, Schema, TableEntry, TableSection, ValuesOf } from "./spec.js";
import type { Codec, ValueContext } from "./values.js";

type AnySection = Schema[string];
type Options = Readonly<Record<string, OptionSpec<unknown>>>;

/** A value and what Python 2 took for a comment behind it, which counts as one where the whole is not a value. */
const COMMENT_BEHIND = /^(.*?\S)\s+(;.*)$/;

/** What some sections of a document say, and where. */
export interface ReadSections<Values> {
  readonly settings: Values;
  /** The line an option stands on; undefined where the file does not set it. */
  readonly lineOf: (section: keyof Values & string, option?: string) => number | undefined;
}

/** What a document gives when it is read after the schema. */
export interface Reading<S extends Schema> extends ReadSections<ValuesOf<S>> {
  /** Where there are any, the settings are not usable. */
  readonly problems: readonly Problem[];
  /** What is no error but does not count, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads a document after the schema: every section and option is known, every value is of its type, defaults fill what
 * is not set.
 *
 * @param schema all sections that there may be
 * @param file the path of the configuration file, whose folder relative paths begin at
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
    // Of a section that stands there twice both are checked, so that all errors show at once.
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
    // The table above is the schema itself, section by section, so its values have the schema's types.
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

  /** @param sections the names of all there are */
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
   * Tells of what stands there under another name too. PyBootd knew one name at a time and did not look at others, so
   * that files have both.
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

  /** @param further other names that the section may have lines of */
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

  /** Complains of what stands there twice in two spellings; of one spelling the reader of the text has complained. */
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
      const got = text === "" ? "nothing" : JSON.stringify(text);
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

/** The same text for keys that mean the same. */
function identityOf(key: unknown): string {
  return JSON.stringify(key, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

function knownSection(schema: Schema, name: string): string | undefined {
  return Object.entries<AnySection>(schema).find(
    ([known, spec]) => spec.kind !== "family" && (known === name || spec.aliases.includes(name)),
  )?.[0];
}

/** The family of a section such as `[subnet lab]`. */
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
