import { basename } from "node:path";

/** A line that defines a host: a path or another name of its source, and the line where the source has lines. */
export interface EntryPlace {
  readonly source: string;
  /** Counted from 1. */
  readonly line: number | undefined;
}

/**
 * Where a value comes from. Origins are plain data, are made when a configuration is loaded, and are shared by all
 * replies; {@link describeOrigin} puts one into words.
 */
export type Origin =
  /** An option of the configuration file. */
  | {
      readonly kind: "setting";
      /** The absolute path of the file. */
      readonly file: string;
      readonly line: number;
      /** Further lines that the value is joined from. */
      readonly more?: readonly number[] | undefined;
      /** Without brackets. */
      readonly section: string;
      readonly option: string;
      /** The value as written, where the option alone does not tell. */
      readonly value?: string | undefined;
    }
  /** The default of an option that the file does not set. */
  | {
      readonly kind: "default";
      readonly section: string;
      readonly option: string;
      readonly value?: string | undefined;
    }
  /** The entry of a host in the inventory. */
  | { readonly kind: "host"; readonly entries: readonly EntryPlace[] }
  /** A built-in profile, and the reason for it. */
  | {
      readonly kind: "profile";
      readonly name: string;
      readonly option: string;
      readonly value: string | undefined;
      readonly reason: string;
    }
  /** A section as a whole. */
  | { readonly kind: "section"; readonly file: string; readonly line: number; readonly section: string }
  /** The network that a section defines. */
  | { readonly kind: "network"; readonly file: string; readonly line: number; readonly section: string }
  /** The network of an interface of this host, or of one that is away. */
  | { readonly kind: "link"; readonly subnet: string; readonly interfaceName: string | undefined }
  /** The address of this host on an interface. */
  | { readonly kind: "server"; readonly interfaceName: string | undefined }
  /** The request itself. */
  | { readonly kind: "request" }
  /** The HTTP authority. */
  | { readonly kind: "authority" }
  /** A standard, or a rule of this program. */
  | { readonly kind: "rule"; readonly text: string }
  /** A value that is found out, and the origin of the order to find it out. */
  | { readonly kind: "found"; readonly text: string; readonly by: Origin }
  /** An address reserved by the entry of a host. */
  | { readonly kind: "reservation"; readonly entries: readonly EntryPlace[] }
  /** The address that a machine has or had. */
  | { readonly kind: "lease" }
  /** A free address of the pool that these lines define. */
  | { readonly kind: "pool"; readonly by: Origin };

/** A value, and where it comes from. */
export interface Sourced<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** The origin of what a reply repeats from its request. */
export const FROM_REQUEST: Origin = { kind: "request" };
/** The origin of what an HTTP authority decides. */
export const FROM_AUTHORITY: Origin = { kind: "authority" };

/** Returns the origin of a value that a standard or this program determines. */
export function rule(text: string): Origin {
  return { kind: "rule", text };
}

/** Returns the origin of what a host's entry defines. */
export function hostOrigin({ origins }: { readonly origins: readonly EntryPlace[] }): Origin {
  return { kind: "host", entries: origins };
}

/** The origins of the options of one configuration file; `Section` has the names of the sections. */
export class SettingOrigins<Section extends string> {
  readonly #file: string;
  readonly #lineOf: (section: Section, option?: string) => number | undefined;

  /**
   * @param file the absolute path
   * @param lineOf returns the line of an option, or of a section; undefined where the file does not have it
   */
  constructor(file: string, lineOf: (section: Section, option?: string) => number | undefined) {
    this.#file = file;
    this.#lineOf = lineOf;
  }

  /** Returns the origin of an option's value: its line, or its default. @param value the value, where it is to be told */
  of(section: Section, option: string, value?: string): Origin {
    const line = this.#lineOf(section, option);
    return line === undefined ? { kind: "default", section, option, value } : this.at(line, section, option, value);
  }

  /** Returns the origin of the value of a line. @param more further lines that the value is joined from */
  at(line: number, section: string, option: string, value?: string, more?: readonly number[]): Origin {
    return { kind: "setting", file: this.#file, line, section, option, value, more };
  }

  /** Returns the origin of what a section sets as a whole; undefined where the file does not have it. */
  section(section: Section): Origin | undefined {
    const line = this.#lineOf(section);
    return line === undefined ? undefined : this.whole("section", line, section);
  }

  /** Returns the origin of what a section defines as a whole. @param kind what that is */
  whole(kind: "section" | "network", line: number, section: string): Origin {
    return { kind, file: this.#file, line, section };
  }
}

/** Describes an origin, such as `pybootd.ini:12 [bootpd] dns`. */
export function describeOrigin(origin: Origin): string {
  const describe = DESCRIPTIONS[origin.kind] as (origin: Origin) => string;
  return describe(origin);
}

type Descriptions = { readonly [Kind in Origin["kind"]]: (origin: Extract<Origin, { kind: Kind }>) => string };

const DESCRIPTIONS: Descriptions = {
  setting: ({ file, line, more = [], section, option, value }) =>
    `${basename(file)}:${[line, ...more].join(", ")} [${section}] ${option}${assigned(value)}`,
  default: ({ section, option, value }) => `the default of [${section}] ${option}${assigned(value)}`,
  host: ({ entries }) => describeEntries(entries),
  profile: ({ name, option, value }) =>
    value === undefined ? `[profile ${name}] ${option}` : `${value} (${option}), [profile ${name}]`,
  section: ({ section }) => `[${section}]`,
  network: ({ section }) => `[${section}] network`,
  link: ({ subnet, interfaceName }) =>
    `the network ${subnet}${interfaceName === undefined ? "" : ` of ${interfaceName}`}`,
  server: ({ interfaceName }) => `this server${interfaceName === undefined ? "" : `, on ${interfaceName}`}`,
  request: () => "as the request has it",
  authority: () => "the authority",
  rule: ({ text }) => text,
  found: ({ text, by }) => `${text}: ${describeOrigin(by)}`,
  reservation: ({ entries }) => `reserved for it, ${describeEntries(entries)}`,
  lease: () => "the one that it has or had",
  pool: ({ by }) => `a free one of the pool (${describeOrigin(by)})`,
};

/** Returns the lines that an origin names, in order. */
export function placesOf(origin: Origin): readonly EntryPlace[] {
  if ("entries" in origin) return origin.entries;
  if ("by" in origin) return placesOf(origin.by);
  if (!("line" in origin)) return [];
  const more = "more" in origin ? (origin.more ?? []) : [];
  return [origin.line, ...more].map((line) => ({ source: origin.file, line }));
}

/** Describes the lines that define a host: `hosts.yaml:12`, with commas between several. */
export function describeEntries(entries: readonly EntryPlace[]): string {
  return entries.map(describeEntry).join(", ");
}

/** Describes a line that defines a host: `hosts.yaml:12`, or its source alone. */
export function describeEntry({ source, line }: EntryPlace): string {
  return line === undefined ? source : `${source}:${line}`;
}

function assigned(value: string | undefined): string {
  return value === undefined ? "" : ` = ${value}`;
}
