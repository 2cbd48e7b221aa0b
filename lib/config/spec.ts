import type { Codec } from "./values.js";

/** One option of a section: how its text is read, what it means, and its default. */
export interface OptionSpec<T> {
  readonly codec: Codec<NonNullable<T>>;
  /** The default as a user would write it; undefined where the option may be absent. */
  readonly fallback: string | undefined;
  /** One line for the manual. */
  readonly meaning: string;
  /** Other names that PyBootd's files use for the option; they count where its own name is absent. */
  readonly aliases: readonly string[];
  /** Whether `option =` means the same as a missing option, as it did in PyBootd. */
  readonly mayBeEmpty: boolean;
}

/** The properties that only few options set. */
type More = Partial<Pick<OptionSpec<unknown>, "aliases" | "mayBeEmpty">>;

/** A section whose options are known by name. */
export interface OptionsSection<Options extends Readonly<Record<string, OptionSpec<unknown>>>> {
  readonly kind: "options";
  readonly meaning: string;
  readonly aliases: readonly string[];
  readonly options: Options;
}

/** A section whose keys the user chooses: machines, patterns, architectures. */
export interface TableSection<Key, Value> {
  readonly kind: "table";
  readonly meaning: string;
  readonly aliases: readonly string[];
  readonly key: Codec<Key>;
  /** The codec for values of any key, also of an invalid one. */
  readonly value: Codec<Value>;
  /** Returns the codec for values of one key, where they depend on it. */
  valueFor?(key: Key): Codec<Value>;
  /** One line for the manual. */
  readonly example: string;
  /** The text of the manual after the example, in Markdown. */
  readonly details?: string | undefined;
}

/** Sections of which there may be several, each with a name that the user chooses: `[subnet NAME]`. */
export interface FamilySection<Options extends Readonly<Record<string, OptionSpec<unknown>>>, Key, Value> {
  readonly kind: "family";
  readonly meaning: string;
  readonly aliases: readonly string[];
  readonly options: Options;
  /** The table whose lines the section may also have, beside its options. */
  readonly further: TableSection<Key, Value> | undefined;
}

/** One section of a {@link FamilySection}. */
export interface FamilyMember<Values, Key, Value> {
  readonly name: string;
  /** The line of the section; `lines` has those of the options that the file sets. */
  readonly line: number;
  readonly lines: Readonly<Record<string, number>>;
  readonly values: Values;
  /** The lines of the section that belong to its table. */
  readonly further: readonly TableEntry<Key, Value>[];
}

/** One line of a {@link TableSection}, with its line number in the file. */
export interface TableEntry<Key, Value> {
  readonly key: Key;
  readonly value: Value;
  readonly line: number;
}

/** The sections of a configuration by name. */
export type Schema = Readonly<
  Record<
    string,
    | OptionsSection<Readonly<Record<string, OptionSpec<unknown>>>>
    | FamilySection<Readonly<Record<string, OptionSpec<unknown>>>, unknown, unknown>
    | TableSection<unknown, unknown>
  >
>;

type OptionValues<Options> = {
  readonly [Option in keyof Options]: Options[Option] extends OptionSpec<infer T> ? T : never;
};

/** The typed values of a file that follows the schema. */
export type ValuesOf<S extends Schema> = {
  readonly [Name in keyof S]: S[Name] extends OptionsSection<infer Options>
    ? OptionValues<Options>
    : S[Name] extends FamilySection<infer Options, infer Key, infer Value>
      ? readonly FamilyMember<OptionValues<Options>, Key, Value>[]
      : S[Name] extends TableSection<infer Key, infer Value>
        ? readonly TableEntry<Key, Value>[]
        : never;
};

/** The typed values of one section. */
export type SectionValues<S extends Schema[string]> = ValuesOf<{ section: S }>["section"];

/** Defines an option that may be absent. */
export function optional<T>(codec: Codec<NonNullable<T>>, meaning: string, more: More = {}): OptionSpec<T | undefined> {
  return { codec, fallback: undefined, meaning, aliases: [], mayBeEmpty: false, ...more };
}

/** Defines an option whose default is `fallback`. */
export function withDefault<T>(
  codec: Codec<NonNullable<T>>,
  fallback: string,
  meaning: string,
  more: More = {},
): OptionSpec<T> {
  return { codec, fallback, meaning, aliases: [], mayBeEmpty: false, ...more };
}

/** Defines a section of known options. */
export function optionsSection<Options extends Readonly<Record<string, OptionSpec<unknown>>>>(
  meaning: string,
  options: Options,
  aliases: readonly string[] = [],
): OptionsSection<Options> {
  return { kind: "options", meaning, options, aliases };
}

/** Defines sections that the user names. */
export function familySection<
  Options extends Readonly<Record<string, OptionSpec<unknown>>>,
  Key = never,
  Value = never,
>(meaning: string, options: Options, further?: TableSection<Key, Value>): FamilySection<Options, Key, Value> {
  return { kind: "family", meaning, options, further, aliases: [] };
}

/** Defines a section whose keys the user chooses. */
export function tableSection<Key, Value>(
  meaning: string,
  key: Codec<Key>,
  value: Codec<Value>,
  example: string,
  more: Pick<TableSection<Key, Value>, "valueFor" | "details"> = {},
): TableSection<Key, Value> {
  return { kind: "table", meaning, key, value, example, aliases: [], ...more };
}
